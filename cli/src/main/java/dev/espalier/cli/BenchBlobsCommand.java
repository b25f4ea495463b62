package dev.espalier.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.espalier.coordinator.blobs.BlobListener;
import dev.espalier.coordinator.blobs.BlobRoutes;
import dev.espalier.coordinator.blobs.BlobSettings;
import dev.espalier.monitoring.meters.BlobMeters;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.worker.transfer.BlobClient;
import dev.espalier.worker.transfer.TransferSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code espalier bench-blobs}: what {@code benchmarks/blob-transfer} runs. */
@Command(name = "bench-blobs", hidden = true, description = "Time blobs over HTTP beside a plain file copy.")
public final class BenchBlobsCommand implements Callable<Integer> {
    private static final String RUN = "bench";

    @Option(names = "--floats", split = ",", description = "Trainables, in millions.", defaultValue = "5,40")
    private List<Integer> millions;

    @Option(names = "--rounds", description = "The median of so many is printed.", defaultValue = "5")
    private int rounds;

    @Option(names = "--folder", description = "Where the files go; the disk to measure.")
    private Optional<Path> parent = Optional.empty();

    private interface Transfer {
        void run() throws IOException;
    }

    @Override
    public Integer call() throws Exception {
        Path folder = parent.isPresent()
                ? Files.createTempDirectory(parent.get(), "bench-blobs")
                : Files.createTempDirectory("bench-blobs");
        Config config = ConfigFactory.parseString("pekko.daemonic = on, pekko.loglevel = WARNING")
                .withFallback(ConfigFactory.load());
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "bench-blobs", config);
        try {
            measure(folder, system, config);
        } finally {
            system.terminate();
            delete(folder);
        }
        return 0;
    }

    private void measure(Path folder, ActorSystem<Void> system, Config config) throws Exception {
        Path home = Files.createDirectory(folder.resolve("home"));
        BlobRoutes routes = new BlobRoutes(
                BlobSettings.from(config), run -> Optional.of(home), Optional.empty(), BlobListener.NONE, system);
        ServerBinding server = Http.get(system)
                .newServerAt("127.0.0.1", 0)
                .bind(routes.route())
                .toCompletableFuture()
                .get();
        BlobClient client = new BlobClient(
                HttpClient.newHttpClient(),
                URI.create("http://127.0.0.1:" + server.localAddress().getPort()),
                Optional.empty(),
                TransferSettings.from(config),
                new BlobMeters(Meters.none()));
        BlobFolder there = BlobFolder.in(home);
        BlobFolder here = new BlobFolder(folder.resolve("cache"));
        Path copy = folder.resolve("copy");
        System.out.println("floats       MB   copy+fsync  sha256  into folder  upload  download   (MB/s)");
        for (int count : millions) {
            Path file = file(folder.resolve("file"), 4_000_000L * count);
            BlobRef blob = new BlobRef(Sha256.of(file), Files.size(file));
            double copied = rate(blob, () -> copy(file, copy));
            double hashed = rate(blob, () -> Sha256.of(file));
            double put = rate(blob, () -> there.put(file));
            double uploaded = rate(blob, () -> {
                there.delete(blob);
                client.put(RUN, blob, file);
            });
            double fetched = rate(blob, () -> {
                here.delete(blob);
                client.fetch(RUN, blob, here);
            });
            System.out.println(String.format(
                    Locale.ROOT,
                    "%4d M   %6d   %10.0f  %6.0f  %11.0f  %6.0f  %8.0f",
                    count,
                    blob.bytes() / 1_000_000,
                    copied,
                    hashed,
                    put,
                    uploaded,
                    fetched));
        }
    }

    /** Median, in MB/s, after one round that does not count. */
    private double rate(BlobRef blob, Transfer transfer) throws IOException {
        double[] rates = new double[rounds];
        for (int round = -1; round < rounds; round++) {
            long start = System.nanoTime();
            transfer.run();
            double rate = blob.bytes() * 1e3 / (System.nanoTime() - start);
            if (round >= 0) {
                rates[round] = rate;
            }
        }
        Arrays.sort(rates);
        return rates[rounds / 2];
    }

    private static Path file(Path file, long bytes) throws IOException {
        byte[] noise = new byte[1 << 20];
        Random random = new Random(1);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long written = 0; written < bytes; written += noise.length) {
                random.nextBytes(noise);
                out.write(noise, 0, (int) Math.min(noise.length, bytes - written));
            }
        }
        return file;
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel channel = FileChannel.open(to, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
