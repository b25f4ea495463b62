package dev.espalier.methods.closedform.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.RunConfigs;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClosedFormPolicyTest {
    private final RunConfigs configs = new RunConfigs();

    @Test
    void layersThatShallBeAlikeNeedNoMeasuring() {
        assertThat(first(true))
                .isEqualTo(Work.once(Work.Kind.BUILD, "shot", Work.Reads.NOTHING, Optional.of("stages/prune/model")));
    }

    @Test
    void whereLayersMayDifferWhatThinningThemDoesIsMeasuredFirst() {
        assertThat(first(false))
                .isEqualTo(Work.once(Work.Kind.MEASURE, "curves", Work.Reads.NOTHING, Optional.empty()));
    }

    private Work first(boolean uniform) {
        configs.method = "obs";
        configs.uniform = uniform;
        configs.stages = List.of(Stage.PRUNE);
        StagePlan plan = new StagePlan(configs.build(), Methods.stages());
        RunState state = RunState.NONE
                .apply(new RunEvent.Submitted("test", "/run", "", configs.stages, Instant.EPOCH))
                .apply(new RunEvent.StageStarted(Stage.PRUNE, Instant.EPOCH));
        assertThat(plan.steps(Stage.PRUNE)).isZero();
        assertThat(Methods.policy("obs").readsText(configs.build())).isTrue();
        assertThat(Methods.policy("obs").uniform(configs.build())).isEqualTo(uniform);
        return plan.work(state, plan.next(state).orElseThrow());
    }
}
