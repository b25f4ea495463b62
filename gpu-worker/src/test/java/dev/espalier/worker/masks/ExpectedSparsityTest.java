package dev.espalier.worker.masks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ExpectedSparsityTest {
    @Test
    void theToysSparsityIsTheExactOne() {
        MaskSet p = Toy.probabilities();
        assertThat(Toy.SHAPE.total()).isEqualTo(800);
        assertThat(Arrays.stream(p.hidden()).sum()).isCloseTo(5.884840, Offset.offset(1e-6));
        assertThat(sum(p, Structure.HEADS)).isCloseTo(6.456001, Offset.offset(1e-6));
        assertThat(sum(p, Structure.FFN)).isCloseTo(8.119229, Offset.offset(1e-6));
        assertThat(new ExpectedSparsity(Toy.SHAPE).of(p)).isCloseTo(0.4408983, Offset.offset(1e-7));
    }

    @Test
    void oneHeadUnitLessIsAsManyParametersLessAsGoWithIt() {
        for (HeadUnit unit : HeadUnit.values()) {
            PrunableShape shape = new PrunableShape(2, 64, 6, 2, 8, 32, Set.of(Granularity.HEADS), unit, false);
            MaskSet gates = shape.filled(1);
            gates.heads(0)[0] = 0;
            assertThat(new ExpectedSparsity(shape).of(gates) * shape.total())
                    .as(unit.toString())
                    .isCloseTo(shape.headUnitParameters(), Offset.offset(1e-6));
        }
    }

    @Test
    void publishedModelsHaveThePublishedSizes() {
        assertThat(faithful(32, 4096, 32, 32, 11008).total()).isEqualTo(6_476_005_376L);
        PrunableShape llama3 = faithful(32, 4096, 32, 8, 14336);
        assertThat(llama3.total()).isEqualTo(6_710_886_400L + 268_435_456L);
        // k and v stay whatever is pruned
        double nothingLeft = new ExpectedSparsity(llama3).of(llama3.filled(0));
        assertThat(nothingLeft).isCloseTo(6_710_886_400.0 / llama3.total(), Offset.offset(1e-12));
    }

    private static PrunableShape faithful(int layers, int hidden, int heads, int kvHeads, int intermediate) {
        return new PrunableShape(
                layers,
                hidden,
                heads,
                kvHeads,
                hidden / heads,
                intermediate,
                EnumSet.allOf(Granularity.class),
                HeadUnit.QUERY,
                true);
    }

    @Property(tries = 200)
    void theGradientIsTheDerivativeForEveryUnit(@ForAll("shapes") PrunableShape shape, @ForAll long seed) {
        MaskSet p = randomly(shape, seed);
        ExpectedSparsity sparsity = new ExpectedSparsity(shape);
        double[] gradient = sparsity.gradient(p).flat();
        double[] flat = p.flat();
        double h = 1e-4;
        for (int i = 0; i < flat.length; i++) {
            double[] moved = flat.clone();
            moved[i] += h;
            double above = sparsity.of(p.withFlat(moved));
            moved[i] -= 2 * h;
            double below = sparsity.of(p.withFlat(moved));
            assertThat(gradient[i]).isCloseTo((above - below) / (2 * h), Offset.offset(1e-9));
        }
    }

    @Property(tries = 200)
    void sparsityOfHardGatesIsTheShareOfParametersThatGo(@ForAll("shapes") PrunableShape shape, @ForAll long seed) {
        MaskSet gates = randomly(shape, seed).map(p -> p < 0.5 ? 0 : 1);
        assertThat(new ExpectedSparsity(shape).of(gates))
                .isCloseTo(1 - (double) Counting.parameters(shape, gates) / shape.total(), Offset.offset(1e-12));
    }

    @Provide
    Arbitrary<PrunableShape> shapes() {
        Arbitrary<Set<Granularity>> granularity =
                Arbitraries.of(Granularity.class).set().ofMinSize(1);
        return Combinators.combine(
                        Arbitraries.integers().between(1, 3),
                        Arbitraries.integers().between(1, 9),
                        Arbitraries.integers().between(1, 3),
                        Arbitraries.integers().between(1, 3),
                        Arbitraries.integers().between(1, 9),
                        granularity,
                        Arbitraries.of(HeadUnit.class),
                        Arbitraries.of(true, false))
                .as((layers, hidden, kvHeads, group, intermediate, what, unit, faithful) -> new PrunableShape(
                        layers, hidden, kvHeads * group, kvHeads, 4, intermediate, what, unit, faithful));
    }

    private static MaskSet randomly(PrunableShape shape, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return shape.filled(0).map(x -> random.nextDouble());
    }

    private static double sum(MaskSet p, Structure structure) {
        return p.rows().stream()
                .filter(row -> row.structure() == structure)
                .flatMapToDouble(row -> Arrays.stream(p.row(row)))
                .sum();
    }
}
