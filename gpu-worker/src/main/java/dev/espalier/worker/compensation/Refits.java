package dev.espalier.worker.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.calibration.InputStatistic;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.torch.Torch;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges each re-fit by text that it has not seen: the kept columns are fitted to nine tenths of the calibration text, and if
 * that leaves as much error on the last tenth as the columns as they were, these stay. A re-fit that passes is the one to all
 * of the text.
 */
final class Refits {
    private static final Logger LOG = LoggerFactory.getLogger(Refits.class);

    private final Torch torch;
    private final OptionalDouble damping;
    private int kept;
    private int left;

    /** @param damping ridge of the re-fits; empty if there are none */
    Refits(Torch torch, OptionalDouble damping) {
        this.torch = torch;
        this.damping = damping;
    }

    /** What has to be known of a sub-block's inputs. */
    Set<InputStatistic> statistics() {
        return damping.isPresent() ? Set.of(InputStatistic.GRAM, InputStatistic.HELD_OUT_GRAM) : Set.of();
    }

    /**
     * The choice, without its re-fit where that does not help. Without held-out text every re-fit stays.
     *
     * @param name of the weight [O,F]; @param grams {@link #statistics} of its inputs, which are of no more use afterwards
     * @param columns of the weight that the choice keeps
     */
    KeptUnits.Choice judged(
            NDManager step,
            String name,
            NDArray weight,
            Map<Statistic, NDArray> grams,
            KeptUnits.Choice choice,
            NDArray columns) {
        if (choice.refitted() == null || choice.units().length == 0) {
            return choice;
        }
        NDArray heldOut = grams.get(InputStatistic.HELD_OUT_GRAM);
        double[] errors = torch.tensor(
                        step,
                        "refit_errors",
                        weight,
                        grams.get(InputStatistic.GRAM),
                        heldOut,
                        columns,
                        damping.orElseThrow())
                .toDoubleArray();
        if (errors[0] > 0 && errors[1] >= errors[0]) {
            LOG.info(
                    "{} is not re-fitted: on held-out text its error would be {} times as large",
                    name,
                    errors[1] / errors[0]);
            left++;
            return choice.asTheyWere();
        }
        kept++;
        return choice;
    }

    Compactor.Refitted count() {
        return new Compactor.Refitted(kept, left);
    }
}
