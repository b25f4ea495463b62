package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;

/** Gradients beside what a loss does when the tensor that they are of is moved a little. */
record FiniteDifferences(Torch torch) {
    private static final double STEP = 5e-3;

    void weights(Decoder model, TrainingPass.Step step, ToDoubleFunction<NDManager> again) {
        for (int i = 0; i < model.weights().size(); i++) {
            if (Slot.ofIndex(i).isStored()) {
                check("weight " + i, model.weights().get(i), step.weights().get(i), again);
            }
        }
        int top = model.weights().size();
        check("embedding", model.embedding(), step.weights().get(top), again);
        check("norm", model.norm(), step.weights().get(top + 1), again);
        if (!model.config().tiedEmbeddings()) {
            check("head", model.head(), step.weights().get(top + 2), again);
        }
    }

    /** The largest entry, another, and the slope along the gradient itself. */
    void check(String what, NDArray x, NDArray gradient, ToDoubleFunction<NDManager> loss) {
        if (x.size() == 0) {
            assertThat(gradient.size()).as(what).isZero();
            return;
        }
        float[] g = gradient.toFloatArray();
        float[] values = x.toFloatArray();
        assertThat(g).as(what).hasSameSizeAs(values);
        List<Integer> largest = IntStream.range(0, g.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -Math.abs(g[i])))
                .limit(1)
                .toList();
        for (int i : Stream.concat(largest.stream(), Stream.of(g.length / 2)).toList()) {
            float[] direction = new float[g.length];
            direction[i] = 1;
            compare(what + " entry " + i, x, values, direction, g[i], loss);
        }
        double norm = 0;
        for (float entry : g) {
            norm += (double) entry * entry;
        }
        norm = Math.sqrt(norm);
        if (norm > 0) {
            float[] along = new float[g.length];
            for (int i = 0; i < g.length; i++) {
                along[i] = (float) (g[i] / norm);
            }
            compare(what + " along its gradient", x, values, along, norm, loss);
        }
    }

    private void compare(
            String what, NDArray x, float[] values, float[] direction, double slope, ToDoubleFunction<NDManager> loss) {
        double expected = slope(x, values, direction, STEP, loss);
        double allowed = 5e-4 + 0.01 * Math.abs(slope);
        if (Math.abs(expected - slope) > allowed) {
            // the loss bends here: a secant over less of it
            expected = slope(x, values, direction, STEP / 5, loss);
        }
        set(x, values);
        assertThat(slope).as(what).isCloseTo(expected, Offset.offset(allowed));
    }

    private double slope(NDArray x, float[] values, float[] direction, double step, ToDoubleFunction<NDManager> loss) {
        double above = at(x, values, direction, step, loss);
        double below = at(x, values, direction, -step, loss);
        return (above - below) / (2 * step);
    }

    private double at(NDArray x, float[] values, float[] direction, double by, ToDoubleFunction<NDManager> loss) {
        float[] moved = values.clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += (float) (by * direction[i]);
        }
        set(x, moved);
        try (NDManager scope = torch.scope()) {
            return loss.applyAsDouble(scope);
        }
    }

    private void set(NDArray x, float[] values) {
        try (NDManager scope = torch.scope()) {
            torch.tensor(
                    scope,
                    "copy_into",
                    x,
                    torch.floats(scope, values, x.getShape().getShape()));
        }
    }
}
