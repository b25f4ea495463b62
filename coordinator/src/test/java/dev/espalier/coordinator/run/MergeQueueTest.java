package dev.espalier.coordinator.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.Worker;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MergeQueueTest {
    private static final Instant AT = Instant.EPOCH;
    private static final Workforce.Offer FIRST = new Workforce.Offer(1, "worker-0");
    private static final Workforce.Offer SECOND = new Workforce.Offer(2, "worker-1");

    private final MergeQueue queue = new MergeQueue();
    private RunState state = RunState.NONE
            .apply(new RunEvent.Submitted("run", "/run", "", List.of(Stage.PRUNE), AT))
            .apply(new RunEvent.StageStarted(Stage.PRUNE, AT));

    @Test
    void resultsAreTakenInOrderAndOneAtATime() {
        Worker.Done one = result(assigned(0));
        Worker.Done two = result(assigned(1));
        add(one);
        add(two);
        assertThat(queue.next(state)).contains(one);
        queue.blend(one);
        assertThat(queue.next(state)).isEmpty();
        queue.blended();
        assertThat(queue.next(state)).contains(two);
        assertThat(queue.next(state)).isEmpty();
    }

    @Test
    void aResultThatTheRunDoesNotAwaitIsPassedOver() {
        Worker.Done stale = result(new AssignmentKey("run", Stage.PRUNE, 7, 1));
        Worker.Done awaited = result(assigned(0));
        queue.add(stale);
        add(awaited);
        assertThat(queue.next(state)).contains(awaited);
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void theOfferOfAWorkerWhoseResultWaitsIsHeldUntilItIsMerged() {
        Worker.Done one = result(assigned(0));
        assigned(1);
        queue.add(one);
        assertThat(queue.holds(state, FIRST)).isTrue();
        assertThat(queue.holds(state, SECOND)).as("it has returned nothing").isFalse();
        queue.sound(queue.nextToCheck(state).orElseThrow());
        assertThat(queue.released(state)).as("while it waits to be merged").isEmpty();
        queue.blend(queue.next(state).orElseThrow());
        assertThat(queue.released(state)).as("while it is blended").isEmpty();
        queue.blended();
        assertThat(queue.released(state)).containsExactly(FIRST);
        assertThat(queue.released(state)).as("once only").isEmpty();
    }

    @Test
    void aResultWhoseFilesAreBadIsMergedNeverAndItsWorkerFreeForAnother() {
        Worker.Done one = result(assigned(0));
        queue.add(one);
        assertThat(queue.holds(state, FIRST)).isTrue();
        assertThat(queue.nextToCheck(state)).contains(one);
        assertThat(queue.next(state)).as("while its files are read").isEmpty();
        assertThat(queue.released(state)).isEmpty();
        queue.refused(one);
        assertThat(queue.next(state)).isEmpty();
        assertThat(queue.released(state)).containsExactly(FIRST);
    }

    /** A result whose files are good. */
    private void add(Worker.Done done) {
        queue.add(done);
        queue.sound(queue.nextToCheck(state).orElseThrow());
    }

    /** To the worker of the same number. */
    private AssignmentKey assigned(int sequence) {
        AssignmentKey key = new AssignmentKey("run", Stage.PRUNE, sequence, 1);
        state = state.apply(
                new RunEvent.Assigned(key, "gates", new Slice(sequence, 1, sequence, 0), "worker-" + sequence, AT));
        return key;
    }

    private static Worker.Done result(AssignmentKey key) {
        return new Worker.Done(new WorkResult(key, Optional.empty(), 0.1, List.of(), "{}"), "model");
    }
}
