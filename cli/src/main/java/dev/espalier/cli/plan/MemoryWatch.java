package dev.espalier.cli.plan;

import dev.espalier.monitoring.meters.ResidentMemory;
import dev.espalier.worker.torch.NativeHeap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Timer;
import java.util.TimerTask;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** Looks at what this process takes while a run goes on, ten times a second. */
final class MemoryWatch implements AutoCloseable {
    private static final long INTERVAL_MILLIS = 100;

    private final LongSupplier gpu;
    private final Path folder;
    private final long deviceBefore;
    private final Timer clock = new Timer("memory-watch", true);
    private Observed.Memory peaks = Observed.Memory.NONE;
    private long disk;

    /** @param gpu bytes in use of the GPU that the run computes on; @param folder of the run */
    MemoryWatch(LongSupplier gpu, Path folder) {
        this.gpu = gpu;
        this.folder = folder;
        deviceBefore = gpu.getAsLong();
        clock.schedule(
                new TimerTask() {
                    @Override
                    public void run() {
                        look();
                    }
                },
                0,
                INTERVAL_MILLIS);
    }

    synchronized void beginStage() {
        begin();
        disk = 0;
    }

    /** Begins anew. The pages that tensors have left are given back first: the next ones would go there. */
    synchronized void begin() {
        NativeHeap.giveBack();
        peaks = Observed.Memory.NONE;
    }

    /** Since it began. */
    synchronized Observed.Memory peaks() {
        look();
        return peaks;
    }

    /** Since the stage began. */
    synchronized long disk() {
        return disk;
    }

    private synchronized void look() {
        peaks = peaks.most(new Observed.Memory(resident(), gpu.getAsLong() - deviceBefore));
        disk = Math.max(disk, size(folder));
    }

    /** 0 where the system does not tell. */
    private static long resident() {
        double bytes = ResidentMemory.bytes();
        return Double.isNaN(bytes) ? 0 : (long) bytes;
    }

    /** Of what is there at the moment: files come and go. */
    static long size(Path folder) {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException | UncheckedIOException e) {
            // Something was deleted meanwhile; the next look is soon.
            return 0;
        }
    }

    @Override
    public void close() {
        clock.cancel();
    }
}
