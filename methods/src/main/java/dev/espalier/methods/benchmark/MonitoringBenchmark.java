package dev.espalier.methods.benchmark;

import dev.espalier.monitoring.StepFields;
import dev.espalier.monitoring.exposition.MetricsServer;
import dev.espalier.monitoring.meters.DeviceMeters;
import dev.espalier.monitoring.meters.DeviceMeters.Phase;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.monitoring.meters.RunMeters;
import dev.espalier.monitoring.meters.TrainingMeters;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.StepClock;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * What monitoring costs a training step. A difference of less than one per cent drowns in the noise of two timed runs,
 * so the recorders and the scrape are timed alone, with all meters of a run in a real registry, and set against the
 * time of a step.
 */
public final class MonitoringBenchmark {
    private static final Map<String, Double> VALUES = Map.of(
            StepFields.LOSS, 1.0,
            StepFields.LOSS_KL, 0.5,
            StepFields.LOSS_LAYERS, 0.4,
            StepFields.LOSS_LAGRANGIAN, 0.1,
            StepFields.LOSS_VALIDATION, 3.5,
            StepFields.SPARSITY_EXPECTED, 0.1,
            StepFields.SPARSITY_TARGET, 0.1,
            StepFields.LEARNING_RATE, 1e-3,
            StepFields.GRADIENT_NORM, 0.5);

    private static final int WARM_UPS = 2;
    private static final int STEPS = 7;
    private static final int BATCHES = 11;
    private static final int CALLS = 200;
    private static final int SCRAPES = 10;
    private static final String RUN = "bench";

    /** A model of random weights. */
    public enum Model {
        /** The shape that ships for the demo, 1.4 million parameters. */
        DEMO(new PretrainConfig.Shape(6, 128, 4, 2, 32, 384, true, 512, 10000, 1e-5), 2048),
        SMOLLM2_135M(StepBenchmark.SMOLLM2, StepBenchmark.VOCABULARY);

        private final PretrainConfig.Shape shape;
        private final int vocabulary;

        Model(PretrainConfig.Shape shape, int vocabulary) {
            this.shape = shape;
            this.vocabulary = vocabulary;
        }
    }

    /**
     * Medians, in seconds.
     *
     * @param step one NutePrune step
     * @param worker what the worker records of it; @param coordinator what the coordinator does
     * @param scrape one reading of all meters over HTTP
     * @param tensors native arrays, which the worker counts in each step
     */
    public record Result(double step, double worker, double coordinator, double scrape, int tensors) {}

    private MonitoringBenchmark() {}

    public static Result measure(Model model) throws IOException {
        try (MetricsServer server = MetricsServer.start("127.0.0.1", 0, Optional::empty)) {
            Meters meters = server.monitoring().meters();
            DeviceMeters device = new DeviceMeters(meters);
            StepClock clock = new StepClock(device, RUN, Stage.PRUNE);
            try (PruningSetup setup = PruningSetup.of(model.shape, model.vocabulary, StepClock.silent())) {
                double step = median(WARM_UPS, STEPS, 1, setup::step);
                double worker = median(BATCHES, BATCHES, CALLS, i -> recordOnWorker(device, clock, setup.torch()));
                RunMeters run = new RunMeters(meters, RUN);
                TrainingMeters training = new TrainingMeters(meters, RUN);
                double coordinator = median(BATCHES, BATCHES, CALLS, i -> recordOnCoordinator(run, training));
                URI metrics = URI.create("http://127.0.0.1:" + server.address().getPort() + "/metrics");
                double scrape = median(BATCHES, BATCHES, SCRAPES, i -> read(metrics));
                return new Result(
                        step, worker, coordinator, scrape, setup.torch().tensors());
            }
        }
    }

    /** As in a step of the prune stage in faithful mode. */
    private static void recordOnWorker(DeviceMeters device, StepClock clock, Torch torch) {
        clock.start();
        clock.end(Phase.TEACHER);
        clock.swapped();
        clock.endStudent(Duration.ZERO);
        clock.end(Phase.OPTIMIZER);
        device.tensors(torch.tensors(), torch.tensorBytes());
    }

    private static void recordOnCoordinator(RunMeters run, TrainingMeters training) {
        Instant now = Instant.now();
        run.progressed(now);
        training.stepped(Stage.PRUNE.word(), now, 512, 0.1, "10", VALUES);
    }

    private static void read(URI metrics) {
        try (InputStream body = metrics.toURL().openStream()) {
            body.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("the server of this process does not answer", e);
        }
    }

    /** Seconds of one call: the median over batches of {@code calls}. */
    private static double median(int warmUps, int batches, int calls, IntConsumer call) {
        double[] seconds = new double[batches];
        int number = 0;
        for (int batch = -warmUps; batch < batches; batch++) {
            long start = System.nanoTime();
            for (int i = 0; i < calls; i++) {
                call.accept(number++);
            }
            if (batch >= 0) {
                seconds[batch] = (System.nanoTime() - start) / 1e9 / calls;
            }
        }
        Arrays.sort(seconds);
        return seconds[batches / 2];
    }
}
