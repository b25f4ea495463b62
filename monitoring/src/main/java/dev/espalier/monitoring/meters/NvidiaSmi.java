package dev.espalier.monitoring.meters;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The GPUs as nvidia-smi tells of them, which comes with every NVIDIA driver: one process that prints a line a GPU
 * every few seconds, for as long as this is open. Without the program there are no GPU measures.
 */
final class NvidiaSmi implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NvidiaSmi.class);
    private static final String FIELDS = "index,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw";
    private static final int COLUMNS = 6;
    private static final int INTERVAL_SECONDS = 5;
    private static final double MEBIBYTE = 1 << 20;

    private final Meters meters;
    private Process process;

    private NvidiaSmi(Meters meters) {
        this.meters = meters;
    }

    static NvidiaSmi watch(Meters meters, String program) {
        NvidiaSmi watch = new NvidiaSmi(meters);
        try {
            watch.process = new ProcessBuilder(List.of(
                            program,
                            "--query-gpu=" + FIELDS,
                            "--format=csv,noheader,nounits",
                            "--loop=" + INTERVAL_SECONDS))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            LOG.debug("no GPU measures: {}", e.getMessage());
            return watch;
        }
        Thread reader = new Thread(watch::read, "nvidia-smi");
        reader.setDaemon(true);
        reader.start();
        return watch;
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            lines.lines().forEach(this::line);
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("nvidia-smi is read no more: {}", e.getMessage());
        }
    }

    /** One GPU: index, %, MiB, MiB, degrees, watts; a value that the GPU does not tell is a word in brackets. */
    private void line(String line) {
        String[] cells = line.split(",", -1);
        if (cells.length != COLUMNS || !cells[0].strip().matches("\\d{1,3}")) {
            LOG.warn("nvidia-smi says: {}", line);
            return;
        }
        String gpu = cells[0].strip();
        meters.set(Measure.GPU_USE, number(cells[1]) / 100, gpu);
        meters.set(Measure.GPU_MEMORY_USED, number(cells[2]) * MEBIBYTE, gpu);
        meters.set(Measure.GPU_MEMORY, number(cells[3]) * MEBIBYTE, gpu);
        meters.set(Measure.GPU_TEMPERATURE, number(cells[4]), gpu);
        meters.set(Measure.GPU_POWER, number(cells[5]), gpu);
    }

    private static double number(String cell) {
        String text = cell.strip();
        return text.matches("\\d+(\\.\\d+)?") ? Double.parseDouble(text) : Double.NaN;
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroy();
        }
    }
}
