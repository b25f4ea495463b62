package dev.espalier.cli;

import dev.espalier.coordinator.merge.Aggregator;
import dev.espalier.coordinator.merge.StudentMerger;
import dev.espalier.methods.benchmark.StepBenchmark;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.FileTree;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code espalier bench-merge}: a coordinator's merge of students of any size, from files to a file, for {@code benchmarks/merge}. */
@Command(
        name = "bench-merge",
        hidden = true,
        description = "Time the merge of students of random numbers.",
        mixinStandardHelpOptions = true)
final class BenchMergeCommand implements Callable<Integer> {
    /** Of a tensor: as an FFN matrix of a large model. */
    private static final long TENSOR = 1L << 24;

    private static final int PIECE = 1 << 20;

    @Option(names = "--numbers", defaultValue = "134515008", description = "That training changes.")
    private long numbers;

    @Option(names = "--folder", description = "Where 16 bytes a number are free; the temporary folder by default.")
    private Path folder;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Path directory = folder == null
                ? Files.createTempDirectory("espalier-merge-")
                : Files.createTempDirectory(Files.createDirectories(folder), "espalier-merge-");
        try {
            BlobFolder blobs = new BlobFolder(directory);
            BlobRef base = student(blobs, 1);
            BlobRef newest = student(blobs, 2);
            BlobRef trained = student(blobs, 3);
            StudentMerger merger = new StudentMerger(blobs, new Aggregator(1, 0));
            long start = System.nanoTime();
            merger.merge(new StudentMerger.Order(newest, base, trained, Optional.empty(), 1, 2));
            double seconds = (System.nanoTime() - start) / 1e9;
            spec.commandLine()
                    .getOut()
                    .printf(
                            Locale.ROOT,
                            "%,d numbers: merged in %.1f s, %.0f MB/s read and written; peak memory %.0f MiB, heap at most %.0f MiB%n",
                            numbers,
                            seconds,
                            4.0 * Float.BYTES * numbers / seconds / 1e6,
                            StepBenchmark.peakRss() / 1048576.0,
                            Runtime.getRuntime().maxMemory() / 1048576.0);
            return ExitCode.DONE;
        } finally {
            FileTree.delete(directory);
        }
    }

    private BlobRef student(BlobFolder blobs, long seed) throws IOException {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (long from = 0; from < numbers; from += TENSOR) {
            shapes.put("weight." + from / TENSOR, new long[] {Math.min(TENSOR, numbers - from)});
        }
        SplittableRandom random = new SplittableRandom(seed);
        return blobs.put(file -> {
            try (SafetensorsWriter writer =
                    SafetensorsWriter.createFile(file, shapes, Map.of("espalier.student", "1"))) {
                shapes.forEach((name, shape) -> {
                    for (long from = 0; from < shape[0]; from += PIECE) {
                        float[] piece = new float[(int) Math.min(PIECE, shape[0] - from)];
                        for (int i = 0; i < piece.length; i++) {
                            piece[i] = (float) random.nextDouble();
                        }
                        writer.append(name, FloatBuffer.wrap(piece));
                    }
                });
                writer.finish();
            }
        });
    }
}
