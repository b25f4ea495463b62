package dev.espalier.methods.sheared.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.methods.gates.Lagrangian;
import dev.espalier.methods.gates.MaskLogits;
import dev.espalier.methods.sheared.work.ShapeRows.Part;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.worker.masks.HardConcrete;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.training.LearningRate;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ShapeConstraintTest {
    @ParameterizedTest
    @CsvSource({"16, 8, .5, .477444", "32, 20, .375, .358587", "32, 24, .25, .239731"})
    void targetsMakeUpForWhatBoundedLogitsCannotSay(int all, int kept, double faithful, double corrected) {
        Part part = new Part(Row.LAYERS, 0, all, kept);
        assertThat(new ShapeConstraint(null, true, 0).target(part)).isCloseTo(faithful, within(1e-6));
        assertThat(new ShapeConstraint(null, false, 0).target(part)).isCloseTo(corrected, within(1e-6));
    }

    @Test
    void targetsRiseFromNothingOverTheWarmup() {
        ShapeConstraint constraint = new ShapeConstraint(null, true, 640);
        Part half = new Part(Row.LAYERS, 0, 16, 8);
        assertThat(constraint.target(half, 0)).isZero();
        assertThat(constraint.target(half, 320)).isEqualTo(0.25);
        assertThat(constraint.target(half, 3000)).isEqualTo(0.5);
    }

    @ParameterizedTest
    @EnumSource(HeadUnit.class)
    void gradientsOfThePenaltiesAreTheirFiniteDifferencesForEachStructure(HeadUnit unit) {
        PrunableShape shape = shape(unit);
        ModelShape end = unit == HeadUnit.GROUP ? new ModelShape(2, 4, 2, 1, 4, 3) : new ModelShape(2, 4, 2, 2, 4, 3);
        ShapeConstraint constraint = new ShapeConstraint(new ShapeRows(shape, end), false, 10);
        SplittableRandom random = new SplittableRandom(3);
        MaskSet logits = shape.filled(0).map(x -> random.nextDouble(-3, 3));
        Map<Structure, Lagrangian> multipliers =
                ShearedStudent.of(null, MaskLogits.start(logits)).multipliers();
        assertThat(multipliers.keySet())
                .containsExactlyInAnyOrder(Structure.HIDDEN, Structure.LAYERS, Structure.HEADS, Structure.FFN);
        multipliers.values().forEach(pair -> {
            pair.multipliers()[0] = (float) random.nextDouble(-2, 2);
            pair.multipliers()[1] = (float) random.nextDouble(0, 5);
        });
        MaskSet gradient = MaskSet.zeros(logits);
        constraint.addGradient(multipliers, logits, 7, gradient);
        double[] flat = logits.flat();
        for (int i = 0; i < flat.length; i++) {
            double step = 1e-5;
            double[] more = flat.clone();
            double[] less = flat.clone();
            more[i] += step;
            less[i] -= step;
            double difference = (constraint.loss(multipliers, logits.withFlat(more), 7)
                            - constraint.loss(multipliers, logits.withFlat(less), 7))
                    / (2 * step);
            assertThat(gradient.flat()[i]).isCloseTo(difference, within(1e-8));
        }
    }

    @Test
    void multipliersClimbByTheirGradientsTheGapAndItsSquare() {
        Lagrangian pair = Lagrangian.of("hidden");
        double[] gaps = {-0.5, -0.1};
        assertThat(pair.loss(gaps)).isZero();
        pair.ascend(gaps, 0.1);
        assertThat((double) pair.multipliers()[0])
                .as("too few are closed: down")
                .isCloseTo(-0.1, within(1e-6));
        assertThat((double) pair.multipliers()[1]).as("up for any gap").isCloseTo(0.1, within(1e-6));
        assertThat(pair.loss(gaps)).as("the penalty rises").isPositive();
        assertThat(pair.loss(gaps)).isCloseTo(0.1 * 0.3 + 0.1 * 0.13, within(1e-6));
    }

    /** A row of 256 channels of known worth, pruned to 128 as the published runs are. */
    @Test
    void withTheCorrectionNearlyAllGatesThatStayAreOpenAndWithoutItSomeAreNot() {
        assertThat(openAmongKept(false)).isGreaterThanOrEqualTo(127);
        assertThat(openAmongKept(true)).isLessThan(126);
    }

    private static long openAmongKept(boolean faithful) {
        int all = 256;
        int kept = 128;
        int steps = 3200;
        PrunableShape shape = new PrunableShape(1, 4, 1, 1, 4, all, EnumSet.of(Granularity.FFN), HeadUnit.GROUP, false);
        ShapeRows rows = new ShapeRows(shape, new ModelShape(1, 4, 1, 1, 4, kept));
        ShapeConstraint constraint = new ShapeConstraint(rows, faithful, 640);
        MaskLogits masks = MaskLogits.start(shape.filled(HardConcrete.LOGIT_BOUND));
        Map<Structure, Lagrangian> multipliers = new EnumMap<>(Map.of(Structure.FFN, Lagrangian.of("ffn")));
        SplittableRandom random = new SplittableRandom(5);
        double[] worth = random.doubles(all).map(u -> 1e-2 * -Math.log(u)).toArray();
        for (int step = 0; step < steps; step++) {
            double pace = LearningRate.cosine(1, 0.1, step, 320, steps);
            MaskSet logits = masks.set();
            MaskSet gradient = MaskSet.zeros(logits);
            for (int i = 0; i < all; i++) {
                double u = random.nextDouble(1e-6, 1 - 1e-6);
                gradient.ffn(0)[i] = -worth[i] * HardConcrete.sampleSlope(u, logits.ffn(0)[i], HardConcrete.BETA);
            }
            constraint.addGradient(multipliers, logits, step, gradient);
            masks.step(gradient, pace, HardConcrete.LOGIT_BOUND);
            constraint.ascend(multipliers, logits, step, pace);
        }
        MaskSet end = rows.masks(masks.set());
        assertThat(Arrays.stream(end.ffn(0)).filter(gate -> gate > 0).count()).isEqualTo(kept);
        return Arrays.stream(end.ffn(0)).filter(gate -> gate > 0.9).count();
    }

    @Test
    void eachGroupKeepsAsManyOfItsQueryHeads() {
        PrunableShape shape = shape(HeadUnit.QUERY);
        ShapeRows rows = new ShapeRows(shape, new ModelShape(2, 4, 2, 2, 4, 3));
        MaskSet logits = shape.filled(1);
        logits.heads(0)[1] = 3;
        logits.heads(0)[0] = 2;
        logits.heads(0)[3] = 1.5;
        MaskSet masks = rows.masks(logits);
        assertThat(masks.heads(0)[0]).as("the better one of its group stays").isZero();
        assertThat(masks.heads(0)[1]).isEqualTo(HardConcrete.soft(3));
        assertThat(masks.heads(0)[3]).isEqualTo(HardConcrete.soft(1.5));
        assertThat(Arrays.stream(masks.row(Row.LAYERS)).filter(gate -> gate > 0).count())
                .isEqualTo(2);
        assertThat(List.of(masks.hidden().length, masks.ffn(1).length)).containsExactly(8, 6);
    }

    private static PrunableShape shape(HeadUnit unit) {
        return new PrunableShape(
                3,
                8,
                4,
                2,
                4,
                6,
                EnumSet.of(Granularity.HEADS, Granularity.FFN, Granularity.HIDDEN, Granularity.LAYERS),
                unit,
                false);
    }
}
