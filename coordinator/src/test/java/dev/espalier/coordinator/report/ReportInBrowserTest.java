package dev.espalier.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.http.Browser;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Only a browser knows whether the content security policy lets the page's own script run. */
class ReportInBrowserTest {
    @TempDir
    Path folder;

    @Test
    void thePagesOwnScriptRunsAndNothingIsRefused() throws Exception {
        Path page = folder.resolve("report.html");
        ReportPage.write(page, SampleReport.of("run", 40));
        assertThat(Files.readString(page)).doesNotContain("<div class=\"cross\"");
        try (Browser browser = Browser.start(folder.resolve("profile"))) {
            browser.open(page.toUri());
            // The script adds one to each chart; there is none in the file.
            browser.await("document.querySelector('div.cross') !== null");
            assertThat(browser.complaints()).isEmpty();
        }
    }
}
