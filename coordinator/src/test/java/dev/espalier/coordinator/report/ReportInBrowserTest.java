package dev.espalier.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.http.Browser;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Only a browser knows whether the content security policy lets the page's own script run. */
class ReportInBrowserTest {
    @TempDir
    static Path profile;

    private static Browser browser;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.start(profile);
    }

    @AfterAll
    static void end() {
        if (browser != null) {
            browser.close();
        }
    }

    @AfterEach
    void leave() throws Exception {
        browser.reset();
    }

    @Test
    void thePagesOwnScriptRunsAndNothingIsRefused() throws Exception {
        Path page = folder.resolve("report.html");
        ReportPage.write(page, SampleReport.of("run", 40));
        assertThat(Files.readString(page)).doesNotContain("<div class=\"cross\"");
        browser.open(page.toUri());
        // The script adds one to each chart; there is none in the file.
        browser.await("document.querySelector('div.cross') !== null");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aComparisonIsReadOnAScreenAndOnAPhone() throws Exception {
        new ComparisonReport(SampleComparison.of()).write(folder);
        browser.size(1280, 900, false);
        browser.open(folder.resolve(ComparisonReport.PAGE).toUri());
        browser.await("document.querySelectorAll('.plot .mark').length > 0");
        // Before axe, of whose own script the browser complains.
        assertThat(browser.complaints()).isEmpty();
        assertThat(browser.violations()).isEmpty();
        assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
                .isLessThanOrEqualTo(1280);

        browser.size(360, 740, false);
        assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
                .isLessThanOrEqualTo(360);
    }
}
