package dev.espalier.coordinator.run;

import dev.espalier.coordinator.decision.RunDecisions;
import dev.espalier.coordinator.folder.ResultFiles;
import dev.espalier.coordinator.merge.SampleMerger;
import dev.espalier.coordinator.merge.StudentMerger;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.Blend;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.Worker;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What workers return: has the files read, blends what is sound into the student, both on other threads, and says what
 * follows. Part of the actor {@link Run}: no other thread calls it.
 */
final class Results {
    /** What reading or blending a result came to. */
    sealed interface Finding extends Run.Finding {}

    private record Checked(Worker.Done done, Optional<String> fault) implements Finding {}

    private record CheckFailed(Worker.Done done, Throwable cause) implements Finding {}

    private record Blended(Worker.Done done, Blend blend, Duration took) implements Finding {}

    private record BlendFailed(Worker.Done done, Throwable cause) implements Finding {}

    private final Run.Setup setup;
    private final RunDecisions decisions;
    private final Bookkeeper books;
    private final Crew crew;
    private final Background background;
    private final ActorRef<Run.Message> run;
    private final MergeQueue queue = new MergeQueue();

    Results(
            Run.Setup setup,
            RunDecisions decisions,
            Bookkeeper books,
            Crew crew,
            Background background,
            ActorRef<Run.Message> run) {
        this.setup = setup;
        this.decisions = decisions;
        this.books = books;
        this.crew = crew;
        this.background = background;
        this.run = run;
    }

    /** One has come. */
    List<RunEvent> add(RunState state, Worker.Done done) {
        queue.add(done);
        return next(state);
    }

    /** Whether an offer has to wait until what its worker returned before is merged. */
    boolean holds(RunState state, Workforce.Offer offer) {
        return queue.holds(state, offer);
    }

    /** Events are in the journal that results may have waited for. */
    void happened(RunState after) {
        reconsider(after);
        if (!queue.isEmpty()) {
            run.tell(Run.Due.MERGE);
        }
    }

    /** Takes up the offers of workers whose results are merged by now. */
    private void reconsider(RunState state) {
        queue.released(state).forEach(offer -> run.tell(new Run.Heard(offer)));
    }

    /** Goes on with the results that have come: has their files read, and merges what is sound. */
    List<RunEvent> next(RunState state) {
        reconsider(state);
        for (Optional<Worker.Done> next = queue.nextToCheck(state); next.isPresent(); next = queue.nextToCheck(state)) {
            Worker.Done done = next.get();
            Optional<String> unusable = decisions.fault(state, done.result(), done.model());
            Optional<String> fault = unusable.or(() -> books.take(state, done.result()));
            if (fault.isPresent()) {
                queue.refused(done);
                return crew.ended(state, done.key(), AttemptEnd.FAILED, fault.get(), unusable.isPresent());
            }
            check(state, done);
        }
        Optional<Worker.Done> next = queue.next(state);
        if (next.isEmpty()) {
            return List.of();
        }
        Worker.Done done = next.get();
        Optional<Background.Io<Blend>> blending = blending(state, done);
        if (blending.isEmpty()) {
            return merge(state, done, Optional.empty());
        }
        blend(done, blending.get());
        return List.of();
    }

    /** How a version is made of the result, which takes a while; empty if it is one as it is, or is none. */
    private Optional<Background.Io<Blend>> blending(RunState state, Worker.Done done) {
        Optional<SampleMerger.Order> samples = decisions.learning(state, done.result());
        if (samples.isPresent()) {
            SampleMerger merger = books.sampleMerger(state);
            return Optional.of(() -> merger.merge(samples.get()));
        }
        Optional<StudentMerger.Order> students = decisions.blending(state, done.result());
        if (students.isPresent()) {
            StudentMerger merger = books.merger(state);
            return Optional.of(() -> merger.merge(students.get()));
        }
        return Optional.empty();
    }

    List<RunEvent> finished(RunState state, Finding finding) {
        if (finding instanceof Checked checked) {
            return checked(state, checked);
        } else if (finding instanceof CheckFailed failed) {
            return checkFailed(state, failed);
        } else if (finding instanceof Blended blended) {
            return blended(state, blended);
        } else if (finding instanceof BlendFailed failed) {
            return blendFailed(state, failed);
        }
        throw new IllegalStateException("no rule for " + finding.getClass());
    }

    private List<RunEvent> merge(RunState state, Worker.Done done, Optional<Blend> blend) {
        crew.proved(state, done.key());
        return decisions.done(state, done.result(), done.model(), blend, setup.now());
    }

    private void check(RunState state, Worker.Done done) {
        ResultFiles files = new ResultFiles(setup.directories().apply(state.directory()));
        Work work = decisions.work(state, done.key());
        Optional<BlobRef> like = decisions.like(state, done.key());
        background.begin(
                () -> files.fault(work, done.result(), like),
                fault -> new Checked(done, fault),
                failure -> new CheckFailed(done, failure.getCause()));
    }

    private List<RunEvent> checked(RunState state, Checked message) {
        AssignmentKey key = message.done().key();
        if (message.fault().isEmpty()) {
            queue.sound(message.done());
            return next(state);
        }
        queue.refused(message.done());
        return crew.awaits(state, key)
                ? crew.ended(state, key, AttemptEnd.FAILED, message.fault().get(), false)
                : next(state);
    }

    private List<RunEvent> checkFailed(RunState state, CheckFailed message) {
        queue.refused(message.done());
        if (!crew.awaits(state, message.done().key())) {
            // What it was compared with may have been deleted with the recall.
            return next(state);
        }
        throw broken("a result cannot be checked: ", message.cause());
    }

    private void blend(Worker.Done done, Background.Io<Blend> blending) {
        queue.blend(done);
        long start = System.nanoTime();
        background.begin(
                blending,
                blend -> new Blended(done, blend, Duration.ofNanos(System.nanoTime() - start)),
                failure -> new BlendFailed(done, failure.getCause()));
    }

    private List<RunEvent> blended(RunState state, Blended message) {
        queue.blended();
        if (!crew.awaits(state, message.done().key())) {
            return next(state);
        }
        setup.listener().blended(message.blend().staleness(), message.took());
        return merge(state, message.done(), Optional.of(message.blend()));
    }

    private List<RunEvent> blendFailed(RunState state, BlendFailed message) {
        queue.blended();
        if (!crew.awaits(state, message.done().key())) {
            // What it needed may have been deleted with the recall.
            return next(state);
        }
        if (message.cause() instanceof UncheckedIOException io
                && io.getCause() instanceof StudentMerger.UnusableResultException unusable) {
            return crew.ended(state, message.done().key(), AttemptEnd.FAILED, unusable.getMessage(), false);
        }
        throw broken("a result cannot be merged: ", message.cause());
    }

    private IllegalStateException broken(String what, Throwable cause) {
        setup.listener().broken(cause);
        return new IllegalStateException(what + cause.getMessage(), cause);
    }
}
