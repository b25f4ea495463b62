package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class FreeMemoryTest {
    private static final String MACHINE =
            "MemTotal:       24689372 kB\nMemFree:          512000 kB\nMemAvailable:   8000000 kB\n";
    private static final String PROCESS = "Name:\tjava\nVmRSS:\t 1000000 kB\n";

    @Test
    void cachesThatTheSystemCanDropAreFree() {
        assertThat(FreeMemory.bytes(MACHINE, PROCESS, 24_689_372L << 10)).hasValue(8_000_000L << 10);
    }

    @Test
    void aContainerMayHaveLessThanItsMachine() {
        assertThat(FreeMemory.bytes(MACHINE, PROCESS, 4_000_000L << 10)).hasValue(3_000_000L << 10);
        assertThat(FreeMemory.bytes(MACHINE, PROCESS, 500_000L << 10)).hasValue(0);
    }

    @Test
    void filesThatThisProcessHasMappedAreFree() {
        String mapped = "VmRSS:\t 1000000 kB\nRssAnon:\t 200000 kB\nRssFile:\t 800000 kB\n";
        assertThat(FreeMemory.bytes(MACHINE, mapped, 4_000_000L << 10)).hasValue(3_800_000L << 10);
    }

    @Test
    void aSystemThatDoesNotTellRefusesNothing() {
        assertThat(FreeMemory.bytes("", PROCESS, 1)).isEmpty();
        assertThat(FreeMemory.bytes(MACHINE, "VmRSS:\tmuch kB\n", 1)).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whatDoesNotFitIsRefusedWithWhatToDo() throws Exception {
        assertThat(Files.readString(Path.of("/proc/meminfo"))).contains("MemAvailable");
        assertThatCode(() -> FreeMemory.require(1 << 20, "the model in pear")).doesNotThrowAnyException();
        assertThatThrownBy(() -> FreeMemory.require(1L << 60, "the model in pear"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("the model in pear takes 1073741824.0 GiB")
                .hasMessageContaining("model.dtype = bf16");
    }
}
