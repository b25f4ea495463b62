package dev.espalier.coordinator.conduct;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Stage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SilencesTest {
    private static final Patience PATIENCE =
            new Patience(Duration.ofSeconds(1), Duration.ofMinutes(5), Duration.ofHours(1), Duration.ofMinutes(5));
    private static final Duration LOOK = Duration.ofMinutes(1);

    private long now = 17;
    private long sequence;
    private final Silences silences = new Silences(PATIENCE, now);

    @Test
    void whereNothingWasMeasuredTheLongestSilenceCounts() {
        AssignmentKey key = began(Stage.CALIBRATE, "w", 0);
        assertThat(overdueAfter(Duration.ofMinutes(60), key)).isFalse();
        assertThat(overdueAfter(Duration.ofMinutes(1), key)).isTrue();
        assertThat(silences.silence(key, now)).isEqualTo(Duration.ofMinutes(61));
    }

    @Test
    void whatTellsOfProgressIsAliveHoweverSlow() {
        AssignmentKey key = began(Stage.EVALUATE, "w", 0);
        for (int hour = 0; hour < 12; hour++) {
            assertThat(overdueAfter(Duration.ofMinutes(55), key)).isFalse();
            silences.progressed(key, hour, 100, "windows", now);
        }
        assertThat(overdueAfter(Duration.ofMinutes(61), key)).isTrue();
    }

    @Test
    void aWorkersOwnSpeedTellsWhenItHangsAtEachPointOfASlice() {
        slice("quick", Duration.ofSeconds(2));
        AssignmentKey beginning = began(Stage.PRUNE, "quick", 5);
        assertThat(overdueAfter(Duration.ofMinutes(5), beginning)).isFalse();
        assertThat(overdueAfter(LOOK, beginning)).isTrue();
        silences.stepped(beginning, now);
        assertThat(overdueAfter(Duration.ofMinutes(5), beginning)).isFalse();
        assertThat(overdueAfter(LOOK, beginning)).isTrue();
    }

    @Test
    void aSlowWorkerHasTenTimesAsLongAsItEverTookAndAnotherIsNotMeasuredByIt() {
        slice("slow", Duration.ofMinutes(2));
        AssignmentKey slow = began(Stage.PRUNE, "slow", 5);
        AssignmentKey fresh = began(Stage.PRUNE, "fresh", 5);
        assertThat(overdueAfter(Duration.ofMinutes(20), slow, fresh)).isFalse();
        assertThat(overdueAfter(LOOK, slow, fresh)).isTrue();
        silences.done(slow, now);
        assertThat(overdueAfter(Duration.ofMinutes(39), fresh)).isFalse();
        assertThat(overdueAfter(LOOK, fresh)).isTrue();
    }

    @Test
    void otherWorkIsMeasuredByItsOwnUnits() {
        AssignmentKey key = began(Stage.CALIBRATE, "w", 0);
        assertThat(overdueAfter(Duration.ofMinutes(20), key)).as("loading").isFalse();
        for (int layer = 1; layer < 9; layer++) {
            silences.progressed(key, layer, 30, "layers calibrated", now);
            assertThat(overdueAfter(LOOK, key)).isFalse();
        }
        silences.progressed(key, 9, 30, "layers calibrated", now);
        assertThat(overdueAfter(Duration.ofMinutes(10), key)).isFalse();
        assertThat(overdueAfter(LOOK, key)).isTrue();
    }

    @Test
    void unitsOfAnotherKindAndWhatFollowsTheLastAreNotMeasuredByThose() {
        AssignmentKey key = began(Stage.EVALUATE, "w", 0);
        for (int window = 1; window <= 8; window++) {
            silences.progressed(key, window, 8, "windows of a.txt", now);
            now += Duration.ofSeconds(1).toNanos();
        }
        assertThat(overdueAfter(Duration.ofMinutes(55), key))
                .as("another text is split into tokens")
                .isFalse();
        silences.progressed(key, 1, 8, "windows of b.txt", now);
        assertThat(overdueAfter(Duration.ofMinutes(55), key)).isFalse();
        silences.done(key, now);
        assertThat(overdueAfter(Duration.ofMinutes(5), began(Stage.EVALUATE, "w", 0)))
                .as("the beginning of another piece of the same kind")
                .isFalse();
    }

    @Test
    void whatIsUnusuallySilentIsToldBeforeItIsGivenUp() {
        slice("w", Duration.ofMinutes(1));
        AssignmentKey one = began(Stage.PRUNE, "w", 5);
        AssignmentKey other = began(Stage.PRUNE, "v", 5);
        assertThat(overdueAfter(Duration.ofMinutes(3), one, other)).isFalse();
        assertThat(stillness(one, other))
                .as("it was silent for a minute before")
                .isEmpty();
        assertThat(overdueAfter(LOOK, one, other)).isFalse();
        assertThat(stillness(one, other))
                .contains(new Silences.Stillness(Duration.ofMinutes(4), List.of("v", "w"), Duration.ofMinutes(6)));
        silences.stepped(other, now);
        assertThat(stillness(one, other)).as("one of them goes on").isEmpty();
        assertThat(stillness(one)).isPresent();
        silences.done(one, now);
        assertThat(stillness(one)).as("it is being merged").isEmpty();
        assertThat(stillness()).isEmpty();
    }

    @Test
    void aWorkerThatComesBackAndAnotherStageBeginWithNothingMeasured() {
        slice("w", Duration.ofSeconds(2));
        silences.present(List.of("other"));
        silences.present(List.of("other", "w"));
        assertThat(overdueAfter(Duration.ofMinutes(60), began(Stage.PRUNE, "w", 5)))
                .isFalse();
        slice("w", Duration.ofSeconds(2));
        assertThat(overdueAfter(Duration.ofMinutes(60), began(Stage.RECOVER, "w", 5)))
                .isFalse();
    }

    @Test
    void timeInWhichNobodyLookedSinceTheProcessWasBusyOrAsleepDoesNotCount() {
        AssignmentKey key = began(Stage.PRUNE, "w", 5);
        now += Duration.ofHours(9).toNanos();
        assertThat(silences.overdue(List.of(key), now)).isEmpty();
        assertThat(overdueAfter(Duration.ofMinutes(50), key)).isFalse();
        assertThat(overdueAfter(Duration.ofMinutes(20), key)).isTrue();
    }

    @Test
    void aWorkerThatNamesItsUnitsAnewEachTimeFillsNoMemoryAndIsPatientlyWaitedFor() {
        AssignmentKey key = began(Stage.EVALUATE, "w", 0);
        for (int unit = 1; unit <= 20_000; unit++) {
            silences.progressed(key, unit, 20_000, "unit " + unit, now);
        }
        assertThat(silences.measured()).isEqualTo(10_000);
        assertThat(overdueAfter(Duration.ofMinutes(60), key)).isFalse();
    }

    @Test
    void whatIsInFlightNoMoreIsForgotten() {
        AssignmentKey key = began(Stage.PRUNE, "w", 5);
        assertThat(silences.overdue(List.of(), now)).isEmpty();
        assertThat(overdueAfter(Duration.ofHours(2), key)).isFalse();
    }

    private AssignmentKey began(Stage stage, String worker, int steps) {
        AssignmentKey key = new AssignmentKey("run", stage, sequence++, 1);
        silences.began(key, worker, steps > 0 ? "Train" : "Other", steps, now);
        return key;
    }

    private Optional<Silences.Stillness> stillness(AssignmentKey... inFlight) {
        return silences.stillness(List.of(inFlight), now);
    }

    /** A whole slice, all of it at the same pace. */
    private void slice(String worker, Duration pace) {
        AssignmentKey key = began(Stage.PRUNE, worker, 3);
        for (int step = 0; step < 3; step++) {
            now += pace.toNanos();
            silences.stepped(key, now);
        }
        now += pace.toNanos();
        silences.done(key, now);
        silences.overdue(List.of(), now);
    }

    /** Whether one of them has become overdue when that time has gone by, with a look every minute. */
    private boolean overdueAfter(Duration time, AssignmentKey... inFlight) {
        boolean overdue = false;
        for (long minute = 0; minute < time.toMinutes(); minute++) {
            now += LOOK.toNanos();
            overdue = !silences.overdue(List.of(inFlight), now).isEmpty();
        }
        return overdue;
    }
}
