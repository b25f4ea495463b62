package dev.espalier.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Only a browser knows whether the content security policy lets the page's own script run. */
class ReportInBrowserTest {
    @TempDir
    Path folder;

    @Test
    void thePagesOwnScriptRunsAndNothingIsRefused() throws Exception {
        Optional<Path> chromium = onPath("chromium");
        assumeTrue(chromium.isPresent() || System.getenv("ESPALIER_REQUIRE_TOOLS") != null, "no chromium on the PATH");
        assertThat(chromium).as("chromium on the PATH").isPresent();
        Path page = folder.resolve("report.html");
        ReportPage.write(page, SampleReport.of("run", 40));
        File dom = folder.resolve("dom.html").toFile();
        File log = folder.resolve("log").toFile();

        Process browser = new ProcessBuilder(
                        chromium.get().toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--user-data-dir=" + folder.resolve("profile"),
                        "--enable-logging=stderr",
                        "--dump-dom",
                        page.toUri().toString())
                .redirectOutput(dom)
                .redirectError(log)
                .start();
        try {
            assertThat(browser.waitFor(2, TimeUnit.MINUTES))
                    .as("the browser ends")
                    .isTrue();
        } finally {
            browser.destroyForcibly().waitFor();
        }

        assertThat(Files.readString(log.toPath())).doesNotContain("CONSOLE");
        // the script adds one to each chart; there is none in the file
        assertThat(Files.readString(page)).doesNotContain("<div class=\"cross\"");
        assertThat(Files.readString(dom.toPath())).contains("<div class=\"cross\"");
    }

    private static Optional<Path> onPath(String program) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
