package dev.espalier.methods.closedform;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What thinning single sub-blocks of the intact model does to it, as a worker measured it.
 *
 * @param headParameters of a head unit; @param channelParameters of an FFN channel
 * @param total parameters of which sparsity is a share
 * @param heads a curve for each layer; empty: no heads may go
 * @param channels likewise
 */
public record Curves(long headParameters, long channelParameters, long total, List<Curve> heads, List<Curve> channels) {
    /** Of a sub-block: more than any model has, and few enough to count. */
    private static final int MOST_UNITS = 1 << 20;

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Of one sub-block.
     *
     * @param gone how many units, ascending, from none to all
     * @param divergence KL from the intact model when as many are gone and the rest is re-fitted, nats a token; 0 first
     * @param already how many earlier rounds took, which cost nothing any more
     */
    public record Curve(List<Integer> gone, List<Double> divergence, int already) {
        /** Of a first round. */
        public Curve(List<Integer> gone, List<Double> divergence) {
            this(gone, divergence, 0);
        }

        /** Between what was measured, on a straight line. @param units gone, no more than there are */
        public double at(int units) {
            int right = 1;
            while (gone.get(right) < units) {
                right++;
            }
            double share = (double) (units - gone.get(right - 1)) / (gone.get(right) - gone.get(right - 1));
            return divergence.get(right - 1) + share * (divergence.get(right) - divergence.get(right - 1));
        }

        private boolean isSound() {
            return gone != null
                    && divergence != null
                    && gone.size() >= 2
                    && gone.size() == divergence.size()
                    && gone.get(0) == 0
                    && IntStream.range(1, gone.size()).allMatch(i -> gone.get(i) > gone.get(i - 1))
                    && units() <= MOST_UNITS
                    && already >= 0
                    && already < units()
                    && divergence.stream().allMatch(Double::isFinite);
        }

        /** All that there are. */
        public int units() {
            return gone.get(gone.size() - 1);
        }
    }

    public String json() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @throws IllegalArgumentException if it is none, or one that nothing follows from */
    public static Curves read(String json) {
        try {
            Curves curves = JSON.readValue(json, Curves.class);
            if (!curves.isSound()) {
                throw new IllegalArgumentException(
                        "curves that do not rise from none to all, or of losses that are no numbers");
            }
            return curves;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("no curves", e);
        }
    }

    private boolean isSound() {
        return heads != null
                && channels != null
                && headParameters > 0
                && channelParameters > 0
                && total > 0
                && Stream.concat(heads.stream(), channels.stream()).allMatch(curve -> curve != null && curve.isSound());
    }
}
