package dev.espalier.coordinator.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfigReader;
import io.micrometer.core.instrument.search.Search;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MonitoredRunTest {
    private static final Instant AT = Instant.ofEpochSecond(1_700_000_000);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MonitoredRun run = new MonitoredRun(new Meters(registry), TeachingMethod.STAGES, "pear");
    private RunState state = RunState.NONE;

    @Test
    void aRunIsMeasuredByTheConfigurationThatItHasNow() {
        happened(new RunEvent.Submitted("pear", "/runs/pear", config(7), Stage.USUAL, AT));
        assertThat(plannedSteps()).isEqualTo(7);
        happened(new RunEvent.Reconfigured(config(9), Stage.USUAL, AT));
        assertThat(plannedSteps()).isEqualTo(9);
    }

    @Test
    void damageThatIsFoundAtTheStartIsTold() {
        run.damaged(Stage.PRUNE, "blobs/ab is missing");
        assertThat(registry.get("espalier.damage.timestamp")
                        .tag("stage", "prune")
                        .timeGauge()
                        .value(TimeUnit.SECONDS))
                .isCloseTo(System.currentTimeMillis() / 1000.0, within(60.0));
    }

    @Test
    void nothingIsToldOfStagesThatARunHasNoMoreNorOfARunThatIsGone() {
        happened(new RunEvent.Submitted("pear", "/runs/pear", config(7), Stage.USUAL, AT));
        happened(new RunEvent.StageFailed(Stage.RECOVER, "out of memory", true, AT));
        assertThat(failed("recover").gauge().value()).isOne();
        happened(new RunEvent.Reconfigured(config(7), List.of(Stage.CALIBRATE, Stage.PRUNE), AT));
        assertThat(failed("recover").gauge()).isNull();
        assertThat(failed("prune").gauge().value()).isZero();
        happened(new RunEvent.Removed(AT));
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void alsoARunWhoseConfigurationCannotBeReadTellsThatItFailed() {
        happened(new RunEvent.Submitted("pear", "/runs/pear", "prune.later = 1", Stage.USUAL, AT));
        happened(new RunEvent.StageFailed(Stage.PRUNE, "cannot be read", true, AT));
        assertThat(failed("prune").gauge().value()).isOne();
        assertThat(registry.get("espalier.run.state")
                        .tag("state", "failed")
                        .gauge()
                        .value())
                .isOne();
    }

    private Search failed(String stage) {
        return registry.find("espalier.stage.state").tags("stage", stage, "state", "failed");
    }

    private static String config(int recoverSteps) {
        String written = TestCoordinator.config("pear") + "\nrecover.steps=" + recoverSteps;
        return RunConfigReader.submitted(written, Path.of("/runs")).text();
    }

    private void happened(RunEvent event) {
        state = state.apply(event);
        run.changed(state, List.of(event));
    }

    private double plannedSteps() {
        return registry.get("espalier.stage.planned")
                .tag("stage", "recover")
                .gauge()
                .value();
    }
}
