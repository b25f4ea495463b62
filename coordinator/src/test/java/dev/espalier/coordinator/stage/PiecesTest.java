package dev.espalier.coordinator.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.RunConfigs;
import dev.espalier.coordinator.conduct.Misfits;
import dev.espalier.coordinator.decision.RunDecisions;
import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.state.Measured;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.coordinator.state.Task;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Measurements that many workers take at a time, and work that waits for all of them. */
class PiecesTest {
    private static final Instant AT = Instant.EPOCH;

    private final RunConfigs configs = new RunConfigs();
    private final RunDecisions decisions =
            new RunDecisions(text -> configs.build(), StageKinds.pruningBy(config -> new Measuring()));

    /** Measures three things, then makes the model. */
    private record Measuring() implements Method {
        @Override
        public String name() {
            return "measuring";
        }

        @Override
        public List<Leg> legs(RunView run) {
            List<Leg> legs = new ArrayList<>();
            for (int piece = 0; piece < 3; piece++) {
                legs.add(new Leg.Piece("loss", piece, Optional.empty()));
            }
            legs.add(new Leg.Once("cut", Work.Kind.BUILD, Optional.empty(), Optional.of(RunLayout.model(run.stage()))));
            return legs;
        }

        /** Of what was measured, as methods do it: they read all of it each time. */
        @Override
        public Errand errand(RunView run, Leg leg, Slice slice) {
            run.record().map(StageRecord::measured).orElse(List.of()).forEach(one -> {
                if (one.json().contains("nonsense")) {
                    throw new IllegalArgumentException("no losses");
                }
            });
            return new Errand(Work.Reads.NOTHING, "{\"of\":\"" + leg.name() + "\"}");
        }
    }

    @Test
    void piecesAreHandedOutTogetherAndReturnInAnyOrder() {
        RunState state = pruning();
        assertThat(decisions.demand(state, Set.of())).isEqualTo(3);
        for (int worker = 0; worker < 3; worker++) {
            state = assigned(state, "w" + worker);
        }
        assertThat(decisions.demand(state, Set.of())).isZero();
        assertThat(state.current().orElseThrow().open())
                .extracting(Task::leg)
                .containsExactly("loss/0", "loss/1", "loss/2");
        Work second = decisions.work(state, key(1, 1));
        assertThat(second.kind()).isEqualTo(Work.Kind.MEASURE);
        assertThat(second.part()).isEqualTo("loss");
        assertThat(second.order()).contains("loss/1");
        state = measured(state, key(2, 1));
        state = measured(state, key(0, 1));
        assertThat(decisions.demand(state, Set.of()))
                .as("the model waits for all")
                .isZero();
        state = measured(state, key(1, 1));
        assertThat(state.current().orElseThrow().measured())
                .extracting(Measured::leg)
                .containsExactly("loss/2", "loss/0", "loss/1");
        state = assigned(state, "w1");
        assertThat(decisions.work(state, key(3, 1)).leg()).isEqualTo("cut");
    }

    @Test
    void aMeasurementThatTheMethodCannotReadIsRefusedBeforeItIsInTheJournal() {
        RunState state = assigned(pruning(), "w0");
        WorkResult bad = new WorkResult(key(0, 1), Optional.empty(), Double.NaN, List.of(), "{\"nonsense\": 1}");
        assertThat(decisions.fault(state, bad, "model"))
                .contains(
                        "nothing can follow from what the worker measured: java.lang.IllegalArgumentException: no losses");
    }

    @Test
    void aPieceThatFailsIsTriedAgainAndTheOthersAreNotMeasuredTwice() {
        RunState state = assigned(assigned(pruning(), "w0"), "w1");
        state = measured(state, key(1, 1));
        state = apply(state, decisions.ended(state, key(0, 1), AttemptEnd.FAILED, "no luck", false, AT));
        state = assigned(state, "w1");
        assertThat(decisions.work(state, key(0, 2)).leg()).isEqualTo("loss/0");
        state = assigned(state, "w0");
        assertThat(state.current().orElseThrow().open()).extracting(Task::leg).containsExactly("loss/0", "loss/2");
    }

    @Test
    void aCoordinatorThatIsStartedAgainHandsOutWhatWasInFlight() {
        RunState state = assigned(assigned(pruning(), "w0"), "w1");
        state = measured(state, key(0, 1));
        state = apply(state, decisions.restarted(state, AT));
        state = assigned(state, "w2");
        assertThat(decisions.work(state, key(1, 2)).leg()).isEqualTo("loss/1");
        state = assigned(state, "w3");
        assertThat(decisions.work(state, key(2, 1)).leg()).isEqualTo("loss/2");
    }

    private RunState pruning() {
        configs.stages = List.of(Stage.PRUNE);
        return RunState.NONE
                .apply(new RunEvent.Submitted("test", "/run", "", configs.stages, AT))
                .apply(new RunEvent.StageStarted(Stage.PRUNE, AT));
    }

    private RunState assigned(RunState state, String worker) {
        return apply(state, decisions.assign(state, worker, 1, Set.of(), new Misfits(), AT));
    }

    private RunState measured(RunState state, AssignmentKey key) {
        WorkResult result = new WorkResult(key, Optional.empty(), Double.NaN, List.of(), "{\"loss\":1}");
        assertThat(decisions.fault(state, result, "model")).isEmpty();
        return apply(state, decisions.done(state, result, "model", Optional.empty(), AT));
    }

    private static RunState apply(RunState state, List<RunEvent> events) {
        RunState now = state;
        for (RunEvent event : events) {
            now = now.apply(event);
        }
        return now;
    }

    private static AssignmentKey key(long sequence, int attempt) {
        return new AssignmentKey("test", Stage.PRUNE, sequence, attempt);
    }
}
