package dev.espalier.methods.oneshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.RunConfigs;
import dev.espalier.coordinator.method.Method;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OneShotPolicyTest {
    private final RunConfigs configs = new RunConfigs();

    @Test
    void theModelIsMadeAtOnce() {
        configs.method = "magnitude";
        configs.stages = List.of(Stage.PRUNE);
        StagePlan plan = new StagePlan(configs.build(), Methods.stages());
        RunState state = RunState.NONE
                .apply(new RunEvent.Submitted("test", "/run", "", configs.stages, Instant.EPOCH))
                .apply(new RunEvent.StageStarted(Stage.PRUNE, Instant.EPOCH));
        assertThat(plan.work(state, plan.next(state).orElseThrow()))
                .isEqualTo(Work.once(Work.Kind.BUILD, "shot", Work.Reads.NOTHING, Optional.of("stages/prune/model")));
        assertThat(plan.steps(Stage.PRUNE)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"magnitude, false", "wanda-sp, true"})
    void whatEachNeedsAndMakes(String name, boolean calibrates) {
        configs.refit = false;
        configs.uniform = false;
        Method method = Methods.policy(name);
        assertThat(method.metrics(configs.build()).contains(name)).isEqualTo(calibrates);
        assertThat(method.readsText(configs.build())).as("without a re-fit").isFalse();
        assertThat(method.uniform(configs.build())).isFalse();
    }

    @Test
    void calibrationIsLeftOutWhereNothingReadsIt() {
        configs.method = "wanda-sp";
        assertThat(new StagePlan(configs.build(), Methods.stages()).stages()).startsWith(Stage.CALIBRATE);
        configs.method = "magnitude";
        assertThat(new StagePlan(configs.build(), Methods.stages()).stages()).startsWith(Stage.PRUNE);
    }
}
