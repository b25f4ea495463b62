package dev.espalier.cli;

import dev.espalier.coordinator.merge.Aggregator;
import dev.espalier.coordinator.merge.StudentMerger;
import dev.espalier.methods.benchmark.StepBenchmark;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
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
    @Option(names = "--numbers", defaultValue = "134515008", description = "That training changes.")
    private long numbers;

    @Option(names = "--bf16", description = "The worker sent rounded changes (cluster.upload = bf16).")
    private boolean rounded;

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
            RunConfig.Upload upload = rounded ? RunConfig.Upload.BF16 : RunConfig.Upload.F32;
            MergedStudents students = new MergedStudents(blobs, numbers);
            StudentMerger.Order order = students.order(upload);
            StudentMerger merger = new StudentMerger(blobs, new Aggregator(1, 0));
            long start = System.nanoTime();
            BlobRef merged = merger.merge(order).student();
            double seconds = (System.nanoTime() - start) / 1e9;
            spec.commandLine()
                    .getOut()
                    .printf(
                            Locale.ROOT,
                            "%,d numbers, %s: a worker sends %.2f GB; merged in %.1f s; peak memory %.0f MiB, heap at most %.0f MiB;"
                                    + " error %.1e of the change%n",
                            numbers,
                            upload.name().toLowerCase(Locale.ROOT),
                            MergedStudents.sentBytes(numbers, upload) / 1e9,
                            seconds,
                            StepBenchmark.peakRss() / 1048576.0,
                            Runtime.getRuntime().maxMemory() / 1048576.0,
                            students.error(order, merged));
            return ExitCode.DONE;
        } finally {
            FileTree.delete(directory);
        }
    }
}
