package dev.espalier.monitoring.meters;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class NvidiaSmiTest {
    private final Scrape scrape = new Scrape();

    @TempDir
    Path folder;

    @Test
    void everyGpuIsShownInBaseUnits() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        scrape.registry.config().onMeterAdded(meter -> {
            if ("1".equals(meter.getId().getTag("gpu"))
                    && meter.getId().getName().equals("espalier.gpu.memory")) {
                second.countDown();
            }
        });
        Path program = program("echo '0, 37, 1024, 24576, 61, 71.25'", "echo '1, [N/A], 12, 24576, 30, [N/A]'");

        NvidiaSmi gpus = NvidiaSmi.watch(scrape.meters, program.toString());
        try {
            assertThat(second.await(1, TimeUnit.MINUTES)).isTrue();
        } finally {
            gpus.close();
        }

        Map<String, Double> read = scrape.read();
        assertThat(read)
                .containsEntry("espalier_gpu_use_ratio{gpu=\"0\"}", 0.37)
                .containsEntry("espalier_gpu_memory_used_bytes{gpu=\"0\"}", 1024.0 * (1 << 20))
                .containsEntry("espalier_gpu_temperature_celsius{gpu=\"0\"}", 61.0)
                .containsEntry("espalier_gpu_power_watts{gpu=\"0\"}", 71.25)
                .containsEntry("espalier_gpu_memory_used_bytes{gpu=\"1\"}", 12.0 * (1 << 20))
                .doesNotContainKey("espalier_gpu_use_ratio{gpu=\"1\"}");
    }

    @Test
    void withoutNvidiaSmiThereAreNoGpuMeasures() {
        NvidiaSmi.watch(scrape.meters, folder.resolve("absent").toString()).close();

        assertThat(scrape.read()).isEmpty();
    }

    /** It prints what nvidia-smi prints when asked as it is asked here, and stays as that does. */
    private Path program(String... lines) throws IOException {
        Path program = folder.resolve("nvidia-smi");
        String asked =
                "case \"$*\" in *--query-gpu=index,*--format=csv,noheader,nounits*--loop=*) ;; *) exit 1 ;; esac";
        Files.writeString(program, "#!/bin/sh\n" + asked + "\n" + String.join("\n", lines) + "\nexec sleep 600\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return program;
    }
}
