package dev.espalier.monitoring.meters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class MetersTest {
    private final Scrape scrape = new Scrape();

    @Test
    void aGaugeOutlivesWhoeverSetIt() {
        scrape.meters.set(Measure.TEACHERS, 3, "r");
        scrape.meters.set(Measure.LAST_STEP, Instant.ofEpochSecond(12), "r");
        scrape.meters.watch(Measure.TENSORS, new Object()::hashCode);
        scrape.meters.count(Measure.WORKER_LOSSES, () -> 7);

        collectGarbage();

        assertThat(scrape.read())
                .containsEntry("espalier_teachers{run=\"r\"}", 3.0)
                .containsEntry("espalier_training_last_step_timestamp_seconds{run=\"r\"}", 12.0)
                .containsEntry("espalier_workers_losses_total", 7.0)
                .hasEntrySatisfying(
                        "espalier_tensors", value -> assertThat(value).isNotNaN());
    }

    private static void collectGarbage() {
        WeakReference<Object> canary = new WeakReference<>(new Object());
        while (canary.get() != null) {
            System.gc();
        }
    }

    @Test
    void twoRecordersOfOneRunFillTheSameGauge() {
        new RunMeters(scrape.meters, "r").student(1, 0);
        new RunMeters(scrape.meters, "r").student(2, 1);

        assertThat(scrape.read()).containsEntry("espalier_student_version{run=\"r\"}", 2.0);
    }

    @Test
    void aNumberThatDoesNotExistMakesNoSeries() {
        scrape.meters.set(Measure.LOSS, Double.NaN, "r", "prune", "layers");

        assertThat(scrape.read()).isEmpty();
    }

    @Test
    void aNumberThatCeasesToExistIsNoLongerShown() {
        scrape.meters.set(Measure.TEACHER_GAP, 0.1, "r");
        scrape.meters.set(Measure.TEACHER_GAP, Double.NaN, "r");

        assertThat(scrape.read()).containsEntry("espalier_teacher_gap_ratio{run=\"r\"}", Double.NaN);
    }

    @Test
    void aMeasureIsRefusedWithOtherLabelsThanItsOwnOrAsAnotherKind() {
        assertThatThrownBy(() -> scrape.meters.set(Measure.LOSS, 1, "r"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("LOSS")
                .hasMessageContaining("KIND");
        assertThatThrownBy(() -> scrape.meters.counter(Measure.TEACHERS, "r"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("GAUGE");
    }
}
