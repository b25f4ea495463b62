package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionTest {
    @TempDir
    Path folder;

    @Test
    void bashCompletesCommandsAndTheirOptions() throws Exception {
        assertThat(completed("espalier", "")).contains("prune", "validate", "coordinator");
        assertThat(completed("espalier", "val")).containsExactly("validate");
        assertThat(completed("espalier", "prune", "--met")).containsExactly("--metrics-port");
    }

    private String[] completed(String... words) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash");
        Path script = folder.resolve("espalier");
        Files.writeString(script, ReleasePages.completion(Espalier.commandLine()));
        // compopt is for a completion that a terminal asked for.
        String asked = "compopt() { :; }; source '" + script + "'; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1));"
                + " _complete_espalier; printf '%s\\n' \"${COMPREPLY[@]}\"";
        String[] command = new String[words.length + 4];
        System.arraycopy(new String[] {"/bin/bash", "-c", asked, "bash"}, 0, command, 0, 4);
        System.arraycopy(words, 0, command, 4, words.length);
        Process bash = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor()).as(out).isZero();
        return out.lines().map(String::strip).toArray(String[]::new);
    }
}
