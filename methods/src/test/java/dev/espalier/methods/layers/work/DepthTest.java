package dev.espalier.methods.layers.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.methods.layers.Repairing;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A tiny LLaMA, and what transformers computes with layers deleted ({@code methods/src/test/python}). */
class DepthTest {
    private Torch torch;
    private ModelFolder folder;
    private Decoder model;
    private Depth depth;
    private JsonNode expected;
    private int[][] rows;

    @BeforeEach
    void open() throws Exception {
        Path path = Path.of(DepthTest.class.getResource("/fixtures/layers").toURI());
        torch = Torch.open("cpu", LayersWork.KERNELS);
        folder = ModelFolder.open(path);
        model = Decoder.load(torch, folder, 64, false);
        depth = new Depth(model);
        expected = new ObjectMapper().readTree(path.resolve("expected.json").toFile());
        rows = new ObjectMapper().treeToValue(expected.get("ids"), int[][].class);
    }

    @AfterEach
    void close() {
        model.close();
        folder.close();
        torch.close();
    }

    @Test
    void lossesWithoutLayersAreThoseOfTransformers() {
        for (JsonNode one : expected.get("losses")) {
            List<Integer> gone = new ArrayList<>();
            one.get("gone").forEach(layer -> gone.add(layer.asInt()));
            assertThat(depth.loss(rows, depth.kept(gone)))
                    .as("without %s", gone)
                    .isCloseTo(one.get("loss").asDouble(), within(1e-5));
        }
    }

    @Test
    void whatComesBeforeACandidateIsComputedOnceAndItsLossIsTheSame() {
        List<Integer> done = new ArrayList<>();
        Map<Integer, Double> losses = new Losses(depth).of(rows, List.of(1), List.of(0, 2, 4, 5), done::add);
        assertThat(done).containsExactly(1, 2, 3, 4);
        losses.forEach((candidate, loss) ->
                assertThat(loss).isCloseTo(depth.loss(rows, depth.kept(List.of(1, candidate))), within(1e-6)));
        assertThat(losses.get(4)).isCloseTo(5.3007683753967285, within(1e-5));
    }

    @Test
    void everyPrefixFromOnePassIsThatPrefixAlone() {
        List<Integer> done = new ArrayList<>();
        double[] losses = Prefixes.of(depth, rows, done::add).losses();
        assertThat(done).hasSize(depth.layers()).endsWith(depth.layers());
        for (int kept = 1; kept <= depth.layers(); kept++) {
            assertThat(losses[kept - 1])
                    .as("%s layers", kept)
                    .isCloseTo(depth.loss(rows, IntStream.range(0, kept).toArray()), within(1e-6));
        }
    }

    @Test
    void influenceAndAnglesAreThoseOfTransformers() {
        assertThat(new Streams(depth).influence(rows)).containsExactly(doubles("influence"), within(1e-5));
        assertThat(new Streams(depth).angles(rows, 2)).containsExactly(doubles("angles"), within(1e-5));
    }

    @Test
    void sizesAreThoseOfTransformers() {
        assertThat(Sizes.taylor(model, rows)).containsExactly(doubles("taylor"), within(1e-4));
        assertThat(Sizes.magnitude(model)).containsExactly(doubles("magnitude"), within(1e-3));
    }

    @Test
    void nothingIsLeftBehindOnTheDevice() {
        int before = torch.tensors();
        Sizes.taylor(model, rows);
        Sizes.magnitude(model);
        new Streams(depth).angles(rows, 2);
        new Losses(depth).of(rows, List.of(1), List.of(2, 3), done -> {});
        assertThat(torch.tensors()).isEqualTo(before);
    }

    /** Three tokens of two channels. */
    @Test
    void cosinesAreThoseOfThePaper() {
        try (NDManager scope = torch.scope()) {
            NDArray before = torch.floats(scope, new float[] {1, 0, 0, 1, 1, 1}, 3, 2);
            NDArray after = torch.floats(scope, new float[] {1, .5f, .2f, 1, 1, 1.2f}, 3, 2);
            double sum = 0;
            for (double cosine : Streams.cosines(torch, scope, before, after)) {
                sum += 1 - cosine;
            }
            assertThat(sum / 3).isCloseTo(.0430330, within(1e-6));
        }
    }

    /** Golden values by numpy: W, its inputs, the stream before it, and what is to stream out. */
    @Test
    void theFitsAreThoseOfLeastSquares() {
        try (NDManager scope = torch.scope()) {
            NDArray down = torch.floats(scope, new float[] {1, 2, 0, 0, 1, -1}, 2, 3);
            NDArray inputs =
                    torch.floats(scope, new float[] {1, 0, 1, 0, 1, -1, 1, .5f, 0, .5f, .5f, .5f, 0, 1, 1}, 5, 3);
            NDArray middle = torch.floats(scope, new float[] {1, 1, 0, 2, 1, 0, .5f, .5f, 0, 1}, 5, 2);
            NDArray target =
                    torch.floats(scope, new float[] {2.2f, -.1f, 2.1f, 4.3f, 3.2f, .6f, 2.1f, .4f, 2.1f, 1.2f}, 5, 2);
            NDList missing = torch.call(scope, "depth_missing", target, middle, inputs, down, torch.empty(scope));
            assertThat(fit(scope, "depth_refitted", down, inputs, missing.get(1)))
                    .containsExactly(
                            new float[] {1.166990f, 2.089320f, .005825f, -.056796f, 1.224272f, -1.072330f},
                            within(1e-5f));
            assertThat(fit(scope, "depth_transformed", down, missing.get(0), missing.get(1)))
                    .containsExactly(
                            new float[] {1.088f, 2.128f, .048f, .031024f, 1.181268f, -1.119220f}, within(1e-5f));
        }
    }

    private float[] fit(NDManager scope, String kernel, NDArray down, NDArray x, NDArray missing) {
        int inputs = (int) x.getShape().get(1);
        NDArray gram = scope.zeros(new Shape(inputs, inputs), DataType.FLOAT64);
        NDArray cross = scope.zeros(new Shape(inputs, 2), DataType.FLOAT64);
        torch.tensor(scope, "depth_add", gram, cross, x, missing);
        return torch.tensor(scope, kernel, down, gram, cross, 0.0).toFloatArray();
    }

    @Test
    void aForcedRepairIsTakenAndOneThatIsTriedOnlyWhereTheHeldOutLossFalls() {
        for (Repairing wanted : List.of(Repairing.AUTO, Repairing.TRANSFORM, Repairing.REFIT)) {
            Depth smaller = new Depth(model);
            try (NDManager owner = torch.scope()) {
                List<Repairs.Repaired> outcomes =
                        new Repairs(model, smaller, List.of(1, 3, 4), wanted).done(owner, rows, Silent.REPORTER);
                assertThat(outcomes).extracting(Repairs.Repaired::first).containsExactly(1, 3);
                assertThat(outcomes).extracting(Repairs.Repaired::last).containsExactly(1, 4);
                for (Repairs.Repaired outcome : outcomes) {
                    double taken = outcome.losses().get(outcome.chosen());
                    if (wanted == Repairing.AUTO) {
                        assertThat(outcome.losses().values()).allMatch(loss -> loss >= taken);
                    } else {
                        assertThat(outcome.chosen()).isEqualTo(wanted);
                    }
                }
                int[][] unseen = {rows[5]};
                Repairs.Repaired last = outcomes.get(1);
                assertThat(smaller.loss(unseen, smaller.kept(List.of(1, 3, 4))))
                        .as("what was measured is what is left")
                        .isCloseTo(last.losses().get(last.chosen()), within(1e-6));
            }
        }
    }

    @Test
    void behindAGapAtTheFirstLayerARepairIsFittedToWhatTheSmallerModelReallyGives() {
        List<Integer> gone = List.of(0, 3);
        List<int[][]> chunks = Depth.chunks(rows);
        double without = missing(new Depth(model), gone, chunks);
        Depth smaller = new Depth(model);
        try (NDManager owner = torch.scope()) {
            // every row is fitted to: the one that is held out is there twice
            int[][] text = Arrays.copyOf(rows, rows.length + 1);
            text[rows.length] = rows[0];
            new Repairs(model, smaller, gone, Repairing.TRANSFORM).done(owner, text, Silent.REPORTER);
            assertThat(missing(smaller, gone, chunks)).isLessThan(without);
        }
    }

    /** Squared difference from what streams out of layer 3 of the intact model, where layers 0 and 3 are gone. */
    private double missing(Depth smaller, List<Integer> gone, List<int[][]> chunks) {
        double sum = 0;
        try (Walk original = Walk.start(depth, chunks);
                Walk walk = Walk.start(smaller, chunks)) {
            original.on(depth, 4, 0, 1, 2, 3);
            walk.on(
                    smaller,
                    4,
                    Arrays.stream(smaller.kept(gone)).filter(layer -> layer < 4).toArray());
            for (int i = 0; i < chunks.size(); i++) {
                NDArray difference =
                        walk.streams().get(i).sub(original.streams().get(i));
                sum += difference.mul(difference).sum().getFloat();
                difference.close();
            }
        }
        return sum;
    }

    @Test
    void runsBeginWhereTheLayerBeforeIsStillThere() {
        assertThat(Repair.runs(List.of(1, 3, 4, 7)))
                .containsExactly(new int[] {1, 2}, new int[] {3, 5}, new int[] {7, 8});
        assertThat(Repair.ways(Repairing.AUTO, 100, 24)).containsExactly(Repairing.TRANSFORM);
        assertThat(Repair.ways(Repairing.AUTO, 16 * 24, 24)).containsExactly(Repairing.TRANSFORM, Repairing.REFIT);
        assertThat(Repair.ways(Repairing.REFIT, 1, 24)).containsExactly(Repairing.REFIT);
    }

    private double[] doubles(String name) {
        return new ObjectMapper().convertValue(expected.get(name), double[].class);
    }
}
