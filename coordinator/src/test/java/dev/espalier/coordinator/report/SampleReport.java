package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ReportData.Accuracy;
import dev.espalier.coordinator.report.ReportData.Kept;
import dev.espalier.coordinator.report.ReportData.Layer;
import dev.espalier.coordinator.report.ReportData.Perplexity;
import dev.espalier.coordinator.report.ReportData.Row;
import dev.espalier.coordinator.report.ReportData.Speed;
import dev.espalier.coordinator.report.ReportData.Spread;
import dev.espalier.coordinator.report.ReportData.StageTime;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.KeptShares;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;

/** A run as it might have been: the shape of SmolLM2-135M, 20 % removed. */
final class SampleReport {
    private static final int LAYERS = 30;
    private static final int HEADS = 3;
    private static final int CHANNELS = 1536;

    private SampleReport() {}

    static ReportData of(String run, int pruneSteps) {
        return new ReportData(
                run,
                "nuteprune",
                "{\n  \"prune\" : {\n    \"steps\" : " + pruneSteps + "\n  },\n  \"seed\" : 42\n}",
                Optional.of(new ReportData.Parameters(134_515_008, 113_280_768, 106_168_320, 84_934_656, 0.2)),
                stages(),
                steps(pruneSteps),
                List.of(kept(Stage.PRUNE, 0)),
                rows(),
                List.of());
    }

    /** The same twice over, each round with so many steps under gates and the recovery that follows. */
    static ReportData inRounds(String run, int pruneSteps) {
        ReportData once = of(run, pruneSteps);
        List<StageTime> stages = new ArrayList<>();
        List<StepMetrics> steps = new ArrayList<>();
        for (int round = 1; round <= 2; round++) {
            int number = round;
            once.stages().stream()
                    .filter(stage -> stage.stage().number() <= Stage.RECOVER.number())
                    .map(stage -> new StageTime(
                            inRound(stage.stage(), number), stage.state(), stage.started(), stage.ended()))
                    .forEach(stages::add);
            once.steps().stream().map(step -> inRound(step, number)).forEach(steps::add);
        }
        return new ReportData(
                run,
                once.method(),
                once.config(),
                once.parameters(),
                stages,
                steps,
                List.of(kept(Stage.PRUNE, 0), kept(inRound(Stage.PRUNE, 2), 0.3)),
                once.rows(),
                List.of());
    }

    private static Stage inRound(Stage stage, int round) {
        return new Stage(stage.kind(), round);
    }

    private static StepMetrics inRound(StepMetrics step, int round) {
        double gone = 0.2 * (round - 1);
        return new StepMetrics(
                        inRound(step.stage(), round),
                        step.step(),
                        step.tokens(),
                        step.seconds(),
                        step.teacher(),
                        step.values(),
                        step.kept())
                .with(StepFields.SPARSITY_EXPECTED, gone + step.value(StepFields.SPARSITY_EXPECTED))
                .with(StepFields.SPARSITY_TARGET, gone + step.value(StepFields.SPARSITY_TARGET));
    }

    static ReportData empty(String run) {
        return new ReportData(run, "obs", "", Optional.empty(), List.of(), List.of(), List.of(), List.of(), List.of());
    }

    static List<StepMetrics> steps(int pruneSteps) {
        Random random = new Random(1);
        List<StepMetrics> steps = new ArrayList<>();
        for (int i = 0; i < pruneSteps; i++) {
            double progress = Math.min(1, i / (0.6 * pruneSteps));
            double target = 0.2 * (1 - Math.pow(1 - progress, 3));
            double expected = Math.max(0, target - 0.004 * (1 - progress) + 0.001 * random.nextGaussian());
            int lag = (int) (100 * target) - 10;
            int walk = (int) Math.round(11 - 11.0 * (i - 0.6 * pruneSteps) / (0.25 * pruneSteps));
            int percent = Math.max(0, progress < 1 ? lag : walk);
            double kl = (0.02 + 4 * target) * Math.exp(-0.6 * i / pruneSteps) * (1 + 0.12 * random.nextGaussian());
            double layers = 0.3 * kl + 0.02 * random.nextDouble();
            steps.add(
                    step(Stage.PRUNE, i, pruneSteps, new double[] {kl + layers, kl, layers, expected, target}, percent)
                            .withKept(expected(progress)));
        }
        for (int i = 0; i < 300; i++) {
            double kl = (0.31 + 0.35 * Math.exp(-i / 40.0)) * (1 + 0.08 * random.nextGaussian());
            steps.add(step(Stage.RECOVER, i, 300, new double[] {kl, kl, Double.NaN, 0.2, 0.2}, 0));
        }
        return steps;
    }

    private static StepMetrics step(Stage stage, int step, int of, double[] values, int percent) {
        return StepMetrics.of(stage, step, 512, 2.1)
                .taughtBy(percent == 0 ? StepMetrics.INTACT : Integer.toString(percent))
                .with(StepFields.LOSS, values[0])
                .with(StepFields.LOSS_KL, values[1])
                .with(StepFields.LOSS_LAYERS, values[2])
                .with(StepFields.SPARSITY_EXPECTED, values[3])
                .with(StepFields.SPARSITY_TARGET, values[4])
                .with(StepFields.LEARNING_RATE, 1e-3 * (1 - (double) step / of))
                .with(StepFields.GRADIENT_NORM, 0.7);
    }

    private static List<StageTime> stages() {
        List<StageTime> stages = new ArrayList<>();
        Instant from = Instant.parse("2026-03-14T09:26:53Z");
        int[] seconds = {184, 1466, 668, 9, 412};
        for (Stage stage : Stage.USUAL) {
            Instant to = from.plus(Duration.ofSeconds(seconds[stage.number()]));
            stages.add(new StageTime(stage, "COMPLETED", Optional.of(from), Optional.of(to)));
            from = to;
        }
        return stages;
    }

    /** @param more share of what is left that another round has taken */
    /** Layers part ways, the middle ones with least. */
    static KeptShares expected(double progress) {
        List<Float> heads = new ArrayList<>();
        List<Float> ffn = new ArrayList<>();
        for (int layer = 0; layer < 30; layer++) {
            double middle = Math.sin(Math.PI * layer / 29);
            heads.add((float) (1 - 0.2 * progress));
            ffn.add((float) (1 - 0.6 * progress * middle));
        }
        return new KeptShares(heads, ffn, 1);
    }

    private static Kept kept(Stage pruning, double more) {
        Random random = new Random(2);
        List<Layer> layers = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer++) {
            BitSet heads = new BitSet();
            heads.set(0, HEADS);
            if (layer % 7 == 5) {
                heads.clear(random.nextInt(HEADS));
            }
            double share = 0.9 - 0.35 * Math.exp(-Math.pow((layer - 20) / 6.0, 2));
            BitSet channels = new BitSet();
            double cluster = share;
            for (int i = 0; i < CHANNELS; i++) {
                if (i % 40 == 0) {
                    cluster = Math.min(1, Math.max(0, share + 0.25 * random.nextGaussian()));
                }
                channels.set(i, random.nextDouble() < cluster && i % 10 >= 10 * more);
            }
            layers.add(new Layer(heads, HEADS, channels, CHANNELS));
        }
        BitSet hidden = new BitSet();
        hidden.set(0, 576);
        return new Kept(pruning, layers, "KV groups", hidden, 576);
    }

    private static List<Row> rows() {
        return List.of(
                row("dense", false, new double[] {20.24, 36.34, 0.640, 0.515, 0.338}, 512.4, 21.7, 134_515_008),
                row("after prune", false, new double[] {27.11, 47.9, 0.620, 0.455, 0.310}, 601.2, 24.6, 113_280_768),
                row("after recover", false, new double[] {25.02, 43.3, 0.635, 0.470, 0.322}, 603.0, 24.5, 113_280_768),
                row(
                        "one-shot obs, recovered",
                        true,
                        new double[] {28.25, 49.62, 0.625, 0.415, 0.309},
                        600.1,
                        24.4,
                        113_280_768),
                new Row(
                        "one-shot magnitude",
                        true,
                        Map.of("wikitext-2/valid.txt", perplexity(1_204_312.0, 9)),
                        Map.of(),
                        Optional.empty(),
                        Optional.empty(),
                        OptionalLong.of(113_280_768),
                        OptionalDouble.empty(),
                        List.of()));
    }

    /** Parts of a text, of which some are harder than others to every model. */
    static Perplexity perplexity(double value, int seed) {
        Random random = new Random(seed);
        List<Double> blocks = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            blocks.add(Math.log(value) + 0.3 * Math.sin(i) + 0.02 * random.nextGaussian());
        }
        return new Perplexity(value, 0.028 * value, 512, 40 * 511, blocks);
    }

    static Optional<Speed> speed(double median, double... ratio) {
        return Optional.of(new Speed(
                new Spread(median, 0.97 * median, 1.02 * median),
                ratio.length == 0 ? Optional.empty() : Optional.of(new Spread(ratio[0], ratio[1], ratio[2]))));
    }

    private static Row row(
            String label, boolean comparison, double[] quality, double prefill, double decode, long parameters) {
        Map<String, Perplexity> perplexity = new LinkedHashMap<>();
        perplexity.put("wikitext-2/valid.txt", perplexity(quality[0], label.length()));
        perplexity.put("c4-heldout.txt", perplexity(quality[1], label.length()));
        Map<String, Accuracy> choices = new LinkedHashMap<>();
        choices.put("piqa.jsonl", new Accuracy(200, quality[2], quality[2] - 0.005));
        choices.put("arc_easy.jsonl", new Accuracy(200, quality[3], quality[3] - 0.05));
        choices.put("hellaswag.jsonl", new Accuracy(200, quality[4], quality[4] + 0.04));
        return new Row(
                label,
                comparison,
                perplexity,
                choices,
                label.equals("dense") ? speed(prefill) : speed(prefill, 1.17, 1.15, 1.21),
                label.equals("dense") ? speed(decode) : speed(decode, 1.13, 0.98, 1.16),
                OptionalLong.of(parameters),
                label.equals("dense") ? OptionalDouble.empty() : OptionalDouble.of(1650),
                List.of(new ReportData.Sample("The tower is", " the model of " + label + ".")));
    }
}
