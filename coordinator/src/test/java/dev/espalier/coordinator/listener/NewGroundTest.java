package dev.espalier.coordinator.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.RunConfigs;
import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.WorkResult;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NewGroundTest {
    private static final Instant AT = Instant.EPOCH;
    private static final AssignmentKey KEY = new AssignmentKey("test", Stage.PRUNE, 0, 1);

    private final NewGround ground = new NewGround(new StagePlan(new RunConfigs().build(), TeachingMethod.STAGES));

    @Test
    void attemptsThatComeToNothingAreNoProgress() {
        RunEvent assigned = new RunEvent.Assigned(KEY, "gates", Slice.NONE, "w", AT);
        RunEvent returned = new RunEvent.AttemptFailed(KEY, AttemptEnd.RETURNED, "no", false, AT);
        assertThat(ground.covered(List.of(assigned))).isFalse();
        assertThat(ground.covered(List.of(returned))).isFalse();
        assertThat(ground.covered(List.of(merged()))).isTrue();
        assertThat(ground.covered(List.of(returned, new RunEvent.StageFailed(Stage.PRUNE, "no", false, AT))))
                .isTrue();
    }

    @Test
    void aStepThatIsTakenOnceMoreIsNoProgressUnlessTheRunWentBack() {
        assertThat(ground.covered(Stage.PRUNE, 3)).isTrue();
        assertThat(ground.covered(Stage.PRUNE, 2)).as("of a slower worker").isTrue();
        assertThat(ground.covered(Stage.PRUNE, 3)).isFalse();
        assertThat(ground.covered(Stage.RECOVER, 3)).isTrue();
        ground.covered(List.of(new RunEvent.StageRewound(Stage.PRUNE, 1, "by command", AT)));
        assertThat(ground.covered(Stage.PRUNE, 3)).isTrue();
    }

    @Test
    void stepsThatTheStageDoesNotHaveAreNone() {
        assertThat(ground.covered(Stage.PRUNE, -1)).isFalse();
        assertThat(ground.covered(Stage.PRUNE, 30)).isFalse();
        assertThat(ground.covered(Stage.PRUNE, Integer.MAX_VALUE)).isFalse();
        assertThat(ground.covered(Stage.EXPORT, 0)).isFalse();
    }

    @Test
    void unitsOfOtherWorkCountUpToTheMostThatWereDoneSinceTheLastMerge() {
        assertThat(ground.covered(Stage.EVALUATE, 1, "windows")).isTrue();
        assertThat(ground.covered(Stage.EVALUATE, 1, "windows")).isFalse();
        assertThat(ground.covered(Stage.EVALUATE, 1, "questions")).isTrue();
        assertThat(ground.covered(Stage.EVALUATE, 2, "windows")).isTrue();
        ground.covered(List.of(merged()));
        assertThat(ground.covered(Stage.EVALUATE, 1, "windows")).isTrue();
        for (int i = 0; i < 1000; i++) {
            ground.covered(Stage.EVALUATE, 1, "kind " + i);
        }
        assertThat(ground.covered(Stage.EVALUATE, 1, "one kind too many")).isFalse();
    }

    private static RunEvent merged() {
        return new RunEvent.Merged(
                new WorkResult(KEY, Optional.empty(), 0.1, List.of(), "{}"), 5, Optional.empty(), AT);
    }
}
