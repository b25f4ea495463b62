package dev.espalier.coordinator.run;

import dev.espalier.coordinator.conduct.Misfits;
import dev.espalier.coordinator.conduct.Silences;
import dev.espalier.coordinator.conduct.Speeds;
import dev.espalier.coordinator.conduct.Waits;
import dev.espalier.coordinator.decision.RunDecisions;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.Task;
import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.Worker;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * The workers of a run: who is asked for the next attempt, who and what rests after one that came to nothing, who works too
 * silently. What it knows of them is not in the journal, since a restart makes it anew. Part of the actor {@link Run}: no
 * other thread calls it.
 */
final class Crew {
    private static final int MAX_CAUSE_LENGTH = 2000;

    private final Run.Setup setup;
    private final RunDecisions decisions;
    private final Bookkeeper books;
    private final Inspections inspections;
    private final TimerScheduler<Run.Message> timers;
    private final Set<Long> resting = new HashSet<>();
    private final Speeds speeds = new Speeds();
    private final Misfits misfits = new Misfits();
    private final Silences silences;
    private int workers;

    Crew(
            Run.Setup setup,
            RunDecisions decisions,
            Bookkeeper books,
            Inspections inspections,
            TimerScheduler<Run.Message> timers) {
        this.setup = setup;
        this.decisions = decisions;
        this.books = books;
        this.inspections = inspections;
        this.timers = timers;
        silences = new Silences(setup.patience(), System.nanoTime());
        timers.startTimerWithFixedDelay(Run.Due.SILENCES, silences.interval());
    }

    /** The run is as the journal tells. */
    void recovered(RunState state) {
        state.current().ifPresent(record -> misfits.remember(record.open()));
    }

    /** These are there now. */
    void present(RunState state, List<String> names) {
        workers = names.size();
        speeds.present(names);
        misfits.present(names);
        silences.present(names);
        want(state);
    }

    /** Whether what is told of the attempt, or returned from it, counts. */
    boolean awaits(RunState state, AssignmentKey key) {
        return !inspections.underWay() && state.awaits(key);
    }

    /** Gives a worker that is offered the next assignment, if it is to have one; else the offer is declined. */
    List<RunEvent> assign(RunState state, Workforce.Offer offer) {
        List<RunEvent> events = inspections.underWay()
                ? List.of()
                : decisions.assign(state, offer.worker(), speeds.share(offer.worker()), resting, misfits, setup.now());
        if (events.isEmpty() || shunned(state).contains(offer.worker())) {
            setup.workforce().tell(new Workforce.Decline(offer.number()));
            want(state);
            return List.of();
        }
        return events;
    }

    /** @param state with the attempt, which is in the journal */
    void hand(RunState state, AssignmentKey key, Workforce.Offer offer) {
        Work work = decisions.work(state, key);
        worker(state, key).ifPresent(name -> silences.began(key, name, work.leg(), work.steps(), System.nanoTime()));
        if (work.inSteps() && key.attempt() > 1) {
            books.forget(state, key.stage(), work.slice());
        }
        Assignment assignment = new Assignment(
                key,
                state.config(),
                books.directory(state),
                setup.dataPlane(),
                state.model(),
                RunDecisions.inputs(state, work),
                work);
        setup.workforce().tell(new Workforce.Hand(offer.number(), assignment));
    }

    void stepped(RunState state, Worker.Stepped stepped) {
        worker(state, stepped.key())
                .ifPresent(worker -> speeds.took(
                        worker, stepped.metrics().stage(), stepped.metrics().seconds()));
    }

    /** A report of an attempt that the run awaits has come: its worker is alive. */
    void heard(Worker.Report report) {
        long now = System.nanoTime();
        if (report instanceof Worker.Stepped) {
            silences.stepped(report.key(), now);
        } else if (report instanceof Worker.Progressed progressed) {
            silences.progressed(report.key(), progressed.done(), progressed.total(), progressed.what(), now);
        } else {
            silences.done(report.key(), now);
        }
    }

    /** What a worker did is merged. */
    void proved(RunState state, AssignmentKey key) {
        worker(state, key).ifPresent(misfits::proved);
    }

    /**
     * An attempt has ended without a result.
     *
     * @param permanent whether its worker would fail at anything of this stage, as far as it knows
     */
    List<RunEvent> ended(RunState state, AssignmentKey key, AttemptEnd end, String cause, boolean permanent) {
        if (!awaits(state, key)) {
            return List.of();
        }
        Optional<String> worker = worker(state, key);
        if (end == AttemptEnd.FAILED && worker.isPresent()) {
            misfits.failed(key.sequence(), worker.get(), permanent);
        }
        worker.ifPresent(this::letRest);
        boolean everywhere = permanent && misfits.nobodyFits();
        return decisions.ended(state, key, end, shortened(cause), everywhere, setup.now());
    }

    /** An attempt of a worker that told of nothing for too long: others are to do it. One at a time. */
    Optional<AssignmentKey> overdue(RunState state) {
        return inspections.underWay()
                ? Optional.empty()
                : silences.overdue(state.inFlight(), System.nanoTime()).stream().findFirst();
    }

    /** Takes the work from a worker that is {@link #overdue}. */
    List<RunEvent> giveUp(RunState state, AssignmentKey key) {
        String cause = "worker " + worker(state, key).orElseThrow() + " has told of no progress for "
                + silences.silence(key, System.nanoTime()).toSeconds() + " s";
        setup.workforce().tell(new Workforce.Recall(key));
        return ended(state, key, AttemptEnd.LOST, cause, false);
    }

    /** What follows for the workers from events that are in the journal. */
    void happened(RunState before, List<RunEvent> events, RunState after) {
        if (events.stream().anyMatch(Crew::beginsAnew)) {
            misfits.forget();
        }
        events.stream()
                .filter(RunEvent.AttemptFailed.class::isInstance)
                .forEach(event -> rest(after, (RunEvent.AttemptFailed) event));
        want(after);
        recall(before, events, after);
    }

    /** Whether what workers failed at is over, or was mended. */
    private static boolean beginsAnew(RunEvent event) {
        return event instanceof RunEvent.Resumed
                || event instanceof RunEvent.StageStarted
                || event instanceof RunEvent.StageReset
                || event instanceof RunEvent.Removed
                || event instanceof RunEvent.StageRewound;
    }

    /** A failed assignment waits before its next attempt, the longer the more often it failed. */
    private void rest(RunState state, RunEvent.AttemptFailed failed) {
        boolean waits = failed.end() == AttemptEnd.FAILED || failed.end() == AttemptEnd.LOST;
        Optional<Task> task =
                state.current().flatMap(record -> record.task(failed.key().sequence()));
        if (waits && task.isPresent() && state.phase() == RunPhase.RUNNING) {
            int tries = Math.max(1, task.get().failures() + task.get().losses());
            Run.AttemptDue due =
                    new Run.AttemptDue(failed.key().stage(), task.get().sequence());
            resting.add(due.sequence());
            timers.startSingleTimer(due, due, setup.patience().retryAfter(tries));
        }
    }

    /** A worker that came to nothing is asked again after a while, so that nobody fills the journal with attempts. */
    private void letRest(String worker) {
        Run.WorkerDue due = new Run.WorkerDue(worker);
        timers.startSingleTimer(due, due, setup.patience().retryAfter(misfits.cameToNothing(worker)));
    }

    void rested(RunState state, Run.AttemptDue due) {
        resting.remove(due.sequence());
        want(state);
    }

    void rested(RunState state, Run.WorkerDue due) {
        misfits.rested(due.worker());
        want(state);
    }

    private void want(RunState state) {
        int assignments = inspections.underWay() ? 0 : decisions.demand(state, resting);
        setup.workforce().tell(new Workforce.Want(state.run(), assignments, shunned(state)));
    }

    private Set<String> shunned(RunState state) {
        return misfits.shunned(RunDecisions.waiting(state, resting));
    }

    /** Has workers stop what nobody waits for any more. */
    private void recall(RunState before, List<RunEvent> events, RunState after) {
        List<AssignmentKey> returned = events.stream()
                .flatMap(event -> event instanceof RunEvent.Merged merged
                        ? Stream.of(merged.result().key())
                        : event instanceof RunEvent.AttemptFailed failed && failed.end() != AttemptEnd.RETURNED
                                ? Stream.of(failed.key())
                                : Stream.empty())
                .toList();
        before.inFlight().stream()
                .filter(key -> !after.awaits(key) && !returned.contains(key))
                .forEach(key -> setup.workforce().tell(new Workforce.Recall(key)));
    }

    /** What the work of a running run waits for; empty while somebody does it. */
    Optional<String> waiting(RunState state) {
        if (!state.inFlight().isEmpty()) {
            return silences.stillness(state.inFlight(), System.nanoTime()).map(Waits::forNews);
        } else if (inspections.underWay()) {
            return Optional.of(Standing.VERIFYING);
        } else if (decisions.demand(state, resting) == 0) {
            return Optional.of("the next attempt is not due yet");
        }
        return Optional.of(Waits.forWorkers(workers, shunned(state)));
    }

    private static Optional<String> worker(RunState state, AssignmentKey key) {
        return state.current().flatMap(record -> record.task(key.sequence())).flatMap(Task::worker);
    }

    private static String shortened(String cause) {
        return cause.length() <= MAX_CAUSE_LENGTH ? cause : cause.substring(0, MAX_CAUSE_LENGTH) + "...";
    }
}
