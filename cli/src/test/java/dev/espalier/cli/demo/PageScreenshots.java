package dev.espalier.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.cli.Espalier;
import dev.espalier.coordinator.http.Browser;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Takes the README's pictures of the page, during and near the end of the demo's last run. Not one of the tests that
 * run by themselves: {@code docs/page-screenshots} starts it.
 */
class PageScreenshots {
    private static final Pattern PAGE =
            Pattern.compile("run.name=nuteprune.*page (http://127\\.0\\.0\\.1:[0-9]+/)", Pattern.DOTALL);
    private static final String PRUNED = "[...document.querySelectorAll('#stages tr')]"
            + ".some(row => row.dataset.stage === 'prune' && /1[2-9][0-9]\\/200/.test(row.textContent))";

    @TempDir
    Path folder;

    @Test
    void ofTheDemo() throws Exception {
        Path docs = Path.of(System.getProperty("espalier.docs"));
        CompletableFuture<String> page = new CompletableFuture<>();
        CompletableFuture<Integer> demo = CompletableFuture.supplyAsync(() -> Espalier.execute(
                new PrintWriter(Writer.nullWriter()),
                new PrintWriter(new Watched(page), true),
                "demo",
                "--port",
                "0",
                "--out",
                folder.resolve("demo").toString()));
        try (Browser browser = Browser.start(folder.resolve("profile"))) {
            browser.size(1180, 900, false);
            browser.open(URI.create(page.get(20, TimeUnit.MINUTES)));
            browser.await(PRUNED);
            browser.screenshot(docs.resolve("page-during.png"));
            browser.await("document.querySelector('[data-stage=export] .COMPLETED') !== null");
            browser.screenshot(docs.resolve("page-after.png"));
            browser.size(360, 740, true);
            browser.screenshot(docs.resolve("page-phone.png"));
            assertThat(browser.complaints()).isEmpty();
        }
        assertThat(demo.get(20, TimeUnit.MINUTES)).isZero();
    }

    /** Looks for the address of the last run's page in what the demo says. */
    private static final class Watched extends Writer {
        private final StringBuilder said = new StringBuilder();
        private final CompletableFuture<String> page;

        Watched(CompletableFuture<String> page) {
            this.page = page;
        }

        @Override
        public synchronized void write(char[] characters, int from, int length) {
            said.append(characters, from, length);
            System.err.print(new String(characters, from, length));
            Matcher address = PAGE.matcher(said);
            if (address.find()) {
                page.complete(address.group(1));
            }
        }

        @Override
        public void flush() {
            System.err.flush();
        }

        @Override
        public void close() {}
    }
}
