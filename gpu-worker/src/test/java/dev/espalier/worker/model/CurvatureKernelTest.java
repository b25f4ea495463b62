package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against transformers and autograd ({@code fixtures/FIXTURES.md}). */
class CurvatureKernelTest {
    @ParameterizedTest
    @ValueSource(strings = {"mha-untied", "gqa-tied"})
    void squaredGradientsOfDrawnWordsAreThoseOfAutograd(String name) {
        try (Fixture fixture = Fixture.open(name, "curvature.safetensors");
                Decoder model = fixture.decoder(false)) {
            NDList sums = new NDList();
            for (int layer = 0; layer < fixture.config.layers().size(); layer++) {
                sums.add(fixture.scope.zeros(new Shape(fixture.config.hiddenSize(), fixture.config.hiddenSize())));
            }
            model.addCurvature(fixture.scope, sums, fixture.ids(), fixture.tensor("u"));
            for (int layer = 0; layer < sums.size(); layer++) {
                assertClose(sums.get(layer), fixture.expected.floats("fisher." + layer));
            }
            model.addCurvature(fixture.scope, sums, fixture.ids(), fixture.tensor("u"));
            float[] twice = fixture.expected.floats("fisher.0");
            for (int i = 0; i < twice.length; i++) {
                twice[i] *= 2;
            }
            assertClose(sums.get(0), twice);
        }
    }

    private static void assertClose(NDArray found, float[] expected) {
        float[] values = found.toFloatArray();
        double largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertThat(values).hasSameSizeAs(expected);
        for (int i = 0; i < values.length; i++) {
            assertThat((double) values[i]).isCloseTo(expected[i], within(1e-4 * largest));
        }
    }
}
