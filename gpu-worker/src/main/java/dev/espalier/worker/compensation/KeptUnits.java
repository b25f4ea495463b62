package dev.espalier.worker.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Which units of a sub-block stay, decided with its weight and, where the decision needs it, its Gram matrix. */
public interface KeptUnits {

    /**
     * @param layer index
     * @param weight o_proj or down_proj [O,F]
     * @param gram of its inputs, float64 [F,F]; null if {@link #damping} is empty
     * @return the units that stay, ascending
     */
    Choice heads(NDManager scope, int layer, NDArray weight, NDArray gram);

    Choice channels(NDManager scope, int layer, NDArray weight, NDArray gram);

    /** Ridge of its re-fit, as a share of the mean diagonal of the Gram matrix; empty if it re-fits nothing. */
    OptionalDouble damping();

    /**
     * @param units that stay, ascending
     * @param values their gate values, 1 unless masks are soft
     * @param refitted the weight with its removed columns at 0 if the choice re-fitted it; else null
     */
    record Choice(int[] units, float[] values, NDArray refitted) {
        /** The sub-block goes. */
        static final Choice NONE = new Choice(new int[0], new float[0], null);

        static Choice all(int count) {
            float[] ones = new float[count];
            Arrays.fill(ones, 1);
            return new Choice(IntStream.range(0, count).toArray(), ones, null);
        }

        /** The same units as the weight has them. */
        Choice asTheyWere() {
            return new Choice(units, values, null);
        }

        boolean soft() {
            for (float value : values) {
                if (value != 1) {
                    return true;
                }
            }
            return false;
        }
    }
}
