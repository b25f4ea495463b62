package dev.espalier.coordinator.feed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.state.StageState;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.FeedCommand;
import dev.espalier.protocol.KeptShares;
import dev.espalier.protocol.RunNews;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FeedListenerTest {
    private final List<RunNews> told = new ArrayList<>();
    private long nanos;
    private final FeedListener listener = new FeedListener(
            InstantSource.fixed(Instant.parse("2026-11-22T12:00:00Z")),
            () -> nanos,
            command -> told.add(((FeedCommand.Publish) command).news()));

    @Test
    void stepsThatComeFastAreThinnedOutAndTheLastIsToldBeforeAnythingElse() {
        step(0);
        step(1);
        step(2);
        listener.stageChanged(Stage.PRUNE, StageState.COMPLETED, "");
        assertThat(told).extracting(RunNews::kind).containsExactly("step", "step", "stage");
        assertThat(told.get(1).data()).contains("\"step\":2,");
        assertThat(told).extracting(news -> news.id().number()).containsExactly(1L, 2L, 3L);
    }

    @Test
    void stepsThatTakeTheirTimeAreAllTold() {
        for (int i = 0; i < 5; i++) {
            step(i);
            nanos += TimeUnit.MILLISECONDS.toNanos(100);
        }
        assertThat(told).hasSize(5);
    }

    @Test
    void aCauseThatIsThereIsTold() {
        listener.stageChanged(Stage.EXPORT, StageState.FAILED, "no space left");
        assertThat(told.get(0).data())
                .isEqualTo("{\"time\":\"2026-11-22T12:00:00Z\",\"stage\":\"export\",\"state\":\"FAILED\","
                        + "\"cause\":\"no space left\"}");
    }

    @Test
    void whatARunWaitsForIsToldAndThatItGoesOn() {
        listener.waits(Optional.of("no worker is here"));
        listener.waits(Optional.empty());
        assertThat(told).extracting(RunNews::kind).containsExactly("waiting", "waiting");
        assertThat(told.get(0).data()).contains("\"waiting\":\"no worker is here\"");
        assertThat(told.get(1).data()).contains("\"waiting\":null");
    }

    @Test
    void whatIsExpectedToBeKeptIsToldOnceASecond() {
        for (int i = 0; i < 3; i++) {
            listener.stepped(metrics(i).withKept(new KeptShares(List.of(0.5f, 1f), List.of(0.12345f, 0f), 1)));
            nanos += TimeUnit.MILLISECONDS.toNanos(600);
        }
        assertThat(told).extracting(RunNews::kind).containsExactly("kept", "step", "step", "kept", "step");
        assertThat(told.get(3).data())
                .isEqualTo("{\"time\":\"2026-11-22T12:00:00Z\",\"stage\":\"prune\",\"step\":2,"
                        + "\"heads\":[0.5,1.0],\"ffn\":[0.123,0.0],\"hidden\":1.0}");
    }

    @Test
    void whatANewStagesGatesKeepIsToldAtOnce() {
        KeptShares kept = new KeptShares(List.of(1f), List.of(1f), 1);
        listener.stepped(metrics(0).withKept(kept));
        listener.stageChanged(Stage.PRUNE, StageState.COMPLETED, "");
        listener.stepped(metrics(1).withKept(kept));
        assertThat(told).extracting(RunNews::kind).containsSubsequence("kept", "stage", "kept");
    }

    private void step(int number) {
        listener.stepped(metrics(number));
    }

    private static StepMetrics metrics(int number) {
        return StepMetrics.of(Stage.PRUNE, number, 512, 0.1)
                .taughtBy(StepMetrics.INTACT)
                .with(StepFields.LOSS, 2)
                .with(StepFields.SPARSITY_EXPECTED, 0.1);
    }
}
