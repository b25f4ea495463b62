package dev.espalier.coordinator.workforce;

import dev.espalier.monitoring.logs.LoggedRun;
import dev.espalier.monitoring.meters.WorkforceMeters;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Capabilities;
import dev.espalier.protocol.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.actor.typed.receptionist.Receptionist;

/**
 * Finds workers, watches over them, and gives each to one run at a time. A run says how many assignments it could hand
 * out; it is offered free workers one by one, and answers each offer with an assignment or with no. All that a worker
 * reports passes here, so that there is one place that knows who is free.
 *
 * <p>A worker is lost when its actor or node is gone, or when no heartbeat came for a lease: what it had is done by
 * another. One that comes back is taken back, once it has let go of what it was at.
 */
public final class Workforce {
    /**
     * @param lease how long a worker may be silent
     * @param closed no other worker can come: runs are told when the last is gone
     */
    public record Settings(Duration lease, boolean closed) {}

    public sealed interface Command extends NoSerializationVerificationNeeded {}

    /**
     * The run begins, or begins anew and knows nothing of what it was offered before.
     *
     * @param replyTo hears of offers, reports and losses from now on
     */
    public record Enter(String run, ActorRef<News> replyTo) implements Command {}

    /**
     * A run that has entered could hand out so many assignments; the newest number counts.
     *
     * @param shunned names of workers that it wants for none of these
     */
    public record Want(String run, int assignments, Set<String> shunned) implements Command {}

    /** Takes an offer. */
    public record Hand(long offer, Assignment assignment) implements Command {}

    /** Turns an offer down. */
    public record Decline(long offer) implements Command {}

    /** Nobody waits for its result any more. */
    public record Recall(AssignmentKey key) implements Command {}

    public record GetWorkers(ActorRef<Workers> replyTo) implements Command {}

    private record Found(Receptionist.Listing listing) implements Command {}

    private record Heard(Worker.Present present) implements Command {}

    private record Reported(Worker.Report report) implements Command {}

    private record Gone(ActorRef<Worker.Command> worker) implements Command {}

    private record RunGone(String run, ActorRef<News> replyTo) implements Command {}

    private enum Look implements Command {
        AT_LEASES,
        AT_NUMBERS
    }

    /** What a run hears. */
    public sealed interface News extends NoSerializationVerificationNeeded {}

    /** A worker is free; answer with {@link Hand} or {@link Decline}. */
    public record Offer(long number, String worker) implements News {}

    public record Told(Worker.Report report) implements News {}

    /** The attempt's worker is gone. */
    public record Lost(AssignmentKey key, String cause) implements News {}

    /** Who is there, at each change. */
    public record Headcount(List<String> names) implements News {}

    /** There is no worker any more, and none can come. */
    public record NobodyLeft(String cause) implements News {}

    /** All workers, for people and gauges. */
    public record Workers(List<WorkerState> workers) implements NoSerializationVerificationNeeded {}

    /** @param working the assignment in flight */
    public record WorkerState(String name, Capabilities capabilities, Optional<AssignmentKey> working, Instant heard) {}

    private static final class Member {
        private Worker.Present present;
        private long heard;
        private long given;
    }

    private static final Duration BETWEEN_COUNTS = Duration.ofSeconds(1);

    private final ActorContext<Command> context;
    private final Settings settings;
    private final WorkforceMeters meters;
    private final LongSupplier nanoTime;
    private final ActorRef<Worker.Present> presence;
    private final ActorRef<Worker.Report> reports;
    private final Roster<ActorRef<Worker.Command>> roster = new Roster<>();
    private final Map<ActorRef<Worker.Command>, Member> members = new LinkedHashMap<>();
    private final Map<String, ActorRef<News>> runs = new HashMap<>();

    /** @param meters are told who is there */
    public static Behavior<Command> create(Settings settings, WorkforceMeters meters) {
        return create(settings, meters, System::nanoTime);
    }

    /** @param nanoTime the clock of leases, which nobody sets */
    static Behavior<Command> create(Settings settings, WorkforceMeters meters, LongSupplier nanoTime) {
        return Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new Workforce(context, timers, settings, meters, nanoTime).ready()));
    }

    private Workforce(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Settings settings,
            WorkforceMeters meters,
            LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.context = context;
        this.settings = settings;
        this.meters = meters;
        presence = context.messageAdapter(Worker.Present.class, Heard::new);
        reports = context.messageAdapter(Worker.Report.class, Reported::new);
        ActorRef<Receptionist.Listing> found = context.messageAdapter(Receptionist.Listing.class, Found::new);
        context.getSystem().receptionist().tell(Receptionist.subscribe(Worker.SERVICE, found));
        timers.startTimerWithFixedDelay(Look.AT_LEASES, settings.lease().dividedBy(4));
        timers.startTimerWithFixedDelay(Look.AT_NUMBERS, BETWEEN_COUNTS);
    }

    private Behavior<Command> ready() {
        return Behaviors.receive(Command.class)
                .onMessage(Found.class, this::found)
                .onMessage(Heard.class, this::heard)
                .onMessage(Gone.class, this::gone)
                .onMessage(Look.class, look -> look == Look.AT_LEASES ? lookAtLeases() : count())
                .onMessage(Enter.class, this::enter)
                .onMessage(Want.class, this::want)
                .onMessage(RunGone.class, this::runGone)
                .onMessage(Hand.class, this::hand)
                .onMessage(Decline.class, this::decline)
                .onMessage(Recall.class, this::recall)
                .onMessage(Reported.class, this::reported)
                .onMessage(GetWorkers.class, this::tellWorkers)
                .build();
    }

    private Behavior<Command> found(Found message) {
        for (ActorRef<Worker.Command> worker : message.listing().getServiceInstances(Worker.SERVICE)) {
            if (!members.containsKey(worker)) {
                worker.tell(new Worker.Engage(presence));
            }
        }
        return Behaviors.same();
    }

    private Behavior<Command> heard(Heard message) {
        Worker.Present present = message.present();
        ActorRef<Worker.Command> worker = present.worker();
        Member member = members.get(worker);
        boolean isNew = member == null;
        if (isNew) {
            member = new Member();
            members.put(worker, member);
            context.watchWith(worker, new Gone(worker));
        }
        member.present = present;
        member.heard = nanoTime.getAsLong();
        if (isNew) {
            context.getLog().info("worker {} is there", present.name());
        }
        settle(worker, member);
        if (isNew) {
            tellHeadcount();
        }
        offer();
        return Behaviors.same();
    }

    /** Compares what a worker says that it does with what it was given. */
    private void settle(ActorRef<Worker.Command> worker, Member member) {
        Worker.Present present = member.present;
        Optional<AssignmentKey> given = roster.working(worker);
        if (given.isPresent()) {
            // Its heartbeat may have crossed with the assignment; after a lease it cannot have.
            if (!present.working().equals(given) && isOverdue(member.given)) {
                lost(given.get(), "worker " + present.name() + " does not know of it: a message was lost");
                release(worker, member);
            }
        } else {
            release(worker, member);
        }
    }

    /** The worker was given nothing. What it does for a run that is here is in vain; another coordinator may have others. */
    private void release(ActorRef<Worker.Command> worker, Member member) {
        Worker.Present present = member.present;
        present.working()
                .filter(key -> runs.containsKey(key.run()))
                .ifPresent(key -> worker.tell(new Worker.Cancel(key)));
        if (present.working().isPresent() || present.leaving()) {
            roster.unavailable(worker);
        } else if (!roster.isOffered(worker)) {
            roster.free(worker);
        }
    }

    private void logGone(String worker, Optional<AssignmentKey> given) {
        if (given.isEmpty()) {
            context.getLog().warn("worker {} is gone", worker);
        } else {
            LoggedRun.during(given.get().run(), () -> context.getLog()
                    .warn("worker {} is gone, and what it was at is to be done by another", worker));
        }
    }

    private Behavior<Command> gone(Gone message) {
        Member member = members.remove(message.worker());
        if (member != null) {
            String name = member.present.name();
            Optional<AssignmentKey> given = roster.working(message.worker());
            if (!member.present.leaving() && !settings.closed()) {
                logGone(name, given);
                meters.lost(Instant.now());
            }
            roster.remove(message.worker());
            given.ifPresent(key -> lost(key, "worker " + name + " stopped unexpectedly: see its log"));
            tellHeadcount();
            if (settings.closed() && members.isEmpty()) {
                NobodyLeft news = new NobodyLeft("the worker stopped unexpectedly: see its log");
                runs.values().forEach(run -> run.tell(news));
            }
        }
        return Behaviors.same();
    }

    private boolean isOverdue(long since) {
        return nanoTime.getAsLong() - since > settings.lease().toNanos();
    }

    private Behavior<Command> lookAtLeases() {
        members.forEach((worker, member) -> {
            Optional<AssignmentKey> given = roster.working(worker);
            if (isOverdue(member.heard)) {
                roster.unavailable(worker);
                given.ifPresent(key -> lost(
                        key,
                        "worker " + member.present.name() + " was silent for "
                                + settings.lease().toSeconds() + " s"));
            }
        });
        return Behaviors.same();
    }

    private Behavior<Command> count() {
        Map<WorkforceMeters.State, Integer> counts = new EnumMap<>(WorkforceMeters.State.class);
        members.forEach((worker, member) -> counts.merge(state(worker, member), 1, Integer::sum));
        meters.workers(counts);
        return Behaviors.same();
    }

    /** As every coordinator sees it: who works for another one is busy, too. */
    private WorkforceMeters.State state(ActorRef<Worker.Command> worker, Member member) {
        boolean works = member.present.working().isPresent() && !member.present.leaving();
        return works && !isOverdue(member.heard) ? WorkforceMeters.State.BUSY : roster.state(worker);
    }

    private Behavior<Command> enter(Enter message) {
        ActorRef<News> before = runs.put(message.run(), message.replyTo());
        if (!message.replyTo().equals(before)) {
            context.watchWith(message.replyTo(), new RunGone(message.run(), message.replyTo()));
        }
        message.replyTo().tell(headcount());
        roster.withdraw(message.run());
        offer();
        return Behaviors.same();
    }

    private Behavior<Command> want(Want message) {
        if (runs.containsKey(message.run())) {
            roster.want(message.run(), message.assignments(), worker -> message.shunned()
                    .contains(members.get(worker).present.name()));
            offer();
        }
        return Behaviors.same();
    }

    private Behavior<Command> runGone(RunGone message) {
        if (runs.remove(message.run(), message.replyTo())) {
            roster.withdraw(message.run());
            roster.workFor(message.run()).forEach(this::cancel);
            offer();
        }
        return Behaviors.same();
    }

    private void offer() {
        for (Optional<Roster.Offer<ActorRef<Worker.Command>>> next = roster.next();
                next.isPresent();
                next = roster.next()) {
            Roster.Offer<ActorRef<Worker.Command>> offer = next.get();
            String name = members.get(offer.worker()).present.name();
            runs.get(offer.run()).tell(new Offer(offer.number(), name));
        }
    }

    private Behavior<Command> hand(Hand message) {
        AssignmentKey key = message.assignment().key();
        Optional<ActorRef<Worker.Command>> worker = roster.accept(message.offer(), key);
        if (worker.isPresent()) {
            members.get(worker.get()).given = nanoTime.getAsLong();
            worker.get().tell(new Worker.Assign(message.assignment(), reports));
        } else {
            report(new Worker.Returned(key, "the worker was gone before it could begin"));
        }
        offer();
        return Behaviors.same();
    }

    private Behavior<Command> decline(Decline message) {
        roster.decline(message.offer());
        offer();
        return Behaviors.same();
    }

    private Behavior<Command> recall(Recall message) {
        cancel(message.key());
        return Behaviors.same();
    }

    private void cancel(AssignmentKey key) {
        roster.workerOf(key).ifPresent(worker -> worker.tell(new Worker.Cancel(key)));
    }

    private Behavior<Command> reported(Reported message) {
        Worker.Report report = message.report();
        boolean ends = !(report instanceof Worker.Stepped || report instanceof Worker.Progressed);
        Optional<ActorRef<Worker.Command>> worker = roster.workerOf(report.key());
        report(report);
        if (ends && worker.isPresent()) {
            if (members.get(worker.get()).present.leaving()) {
                roster.unavailable(worker.get());
            } else {
                roster.free(worker.get());
            }
            offer();
        }
        return Behaviors.same();
    }

    private void report(Worker.Report report) {
        ActorRef<News> run = runs.get(report.key().run());
        if (run != null) {
            run.tell(new Told(report));
        }
    }

    private void lost(AssignmentKey key, String cause) {
        ActorRef<News> run = runs.get(key.run());
        if (run != null) {
            run.tell(new Lost(key, cause));
        }
    }

    private void tellHeadcount() {
        Headcount headcount = headcount();
        runs.values().forEach(run -> run.tell(headcount));
    }

    private Headcount headcount() {
        return new Headcount(
                members.values().stream().map(member -> member.present.name()).toList());
    }

    private Behavior<Command> tellWorkers(GetWorkers message) {
        List<WorkerState> states = new ArrayList<>();
        members.forEach((worker, member) -> states.add(new WorkerState(
                member.present.name(),
                member.present.capabilities(),
                roster.working(worker).or(member.present::working),
                Instant.now().minusNanos(nanoTime.getAsLong() - member.heard))));
        message.replyTo().tell(new Workers(List.copyOf(states)));
        return Behaviors.same();
    }
}
