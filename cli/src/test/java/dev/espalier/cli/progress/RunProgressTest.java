package dev.espalier.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.methods.Methods;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfigReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RunProgressTest {
    private static final RunConfig CONFIG =
            RunConfigReader.parse("{\"model\": {\"path\": \"/m\"}, \"data\": {\"train\": [{\"path\": \"/t.txt\"}]}}");

    private final StringWriter printed = new StringWriter();
    private final AtomicLong nanos = new AtomicLong();

    @Test
    void awayFromATerminalALineIsPrintedEveryTenSeconds() {
        RunProgress progress = progress(0);
        for (int step = 0; step < 25; step++) {
            nanos.addAndGet(1_000_000_000L);
            progress.stepped(step(step, "intact"));
        }
        assertThat(printed.toString().lines())
                .containsExactly(
                        "prune 10/300  sparsity 11.0/12.5%  loss 0.2500  teacher intact  256 tokens/s  9m40s left",
                        "prune 20/300  sparsity 11.0/12.5%  loss 0.2500  teacher intact  256 tokens/s  9m20s left");
    }

    @Test
    void onATerminalOneLineIsRedrawnWithinItsWidth() {
        RunProgress progress = progress(40);
        for (int step = 0; step < 3; step++) {
            nanos.addAndGet(200_000_000L);
            progress.stepped(step(150 + step, "7"));
        }
        progress.stageChanged(Stage.PRUNE, StageState.COMPLETED, "");
        String[] drawn = printed.toString().split("\r\u001b\\[K", -1);
        assertThat(drawn).hasSize(5);
        assertThat(drawn[1])
                .startsWith("prune       [=========>          ] 151/")
                .hasSize(39);
        assertThat(drawn[4]).startsWith("prune       already done");
    }

    @Test
    void whatARunWaitsForIsSaidAtOnceAndThenNowAndThen() {
        RunProgress progress = progress(0);
        progress.waits(Optional.of("no news for 2 min"));
        nanos.addAndGet(60_000_000_000L);
        progress.waits(Optional.of("no news for 3 min"));
        progress.waits(Optional.empty());
        progress.waits(Optional.of("no worker is here"));
        assertThat(printed.toString().lines())
                .containsExactly(
                        "waiting: no news for 2 min", "waiting: no news for 3 min", "waiting: no worker is here");
    }

    @Test
    void aSlowFirstStepDoesNotSpoilTheForecast() {
        RunProgress progress = progress(200);
        for (int step = 0; step < 5; step++) {
            nanos.addAndGet(200_000_000L);
            progress.stepped(step(step, "intact", step == 0 ? 500 : 2));
        }
        assertThat(printed.toString()).endsWith("256 tokens/s  9m50s left");
    }

    @Test
    void aStepWithoutAnythingToLearnIsNoStepThatDiverged() {
        RunProgress progress = progress(200);
        for (double norm : new double[] {0, Double.NaN}) {
            nanos.addAndGet(200_000_000L);
            progress.stepped(step(0, "intact").with(StepFields.LOSS, Double.NaN).with(StepFields.GRADIENT_NORM, norm));
            assertThat(printed.toString()).contains(norm == 0 ? "nothing to learn" : "loss NaN");
        }
    }

    private RunProgress progress(int columns) {
        return new RunProgress(
                new Console(new PrintWriter(printed), columns, nanos::get), new StagePlan(CONFIG, Methods.stages()));
    }

    private static StepMetrics step(int step, String teacher) {
        return step(step, teacher, 2);
    }

    private static StepMetrics step(int step, String teacher, double seconds) {
        return StepMetrics.of(Stage.PRUNE, step, 512, seconds)
                .taughtBy(teacher)
                .with(StepFields.LOSS, 0.25)
                .with(StepFields.SPARSITY_EXPECTED, 0.11)
                .with(StepFields.SPARSITY_TARGET, 0.125);
    }
}
