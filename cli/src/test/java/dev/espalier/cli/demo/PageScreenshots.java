package dev.espalier.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.FreePort;
import dev.espalier.coordinator.http.Browser;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.node.CoordinatorNode;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.config.NodeConfigReader;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.worker.node.WorkerNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Takes the README's pictures of the page, of the demo's NutePrune run on a coordinator with one worker: while it prunes,
 * when it is completed, and that on a phone. Not one of the tests that run by themselves: {@code docs/page-screenshots}
 * starts it.
 */
class PageScreenshots {
    private static final String PRUNED = "[...document.querySelectorAll('#stages tr')]"
            + ".some(row => row.dataset.stage === 'prune' && /1[2-9][0-9]\\/200/.test(row.textContent))";

    @TempDir
    Path folder;

    @Test
    void ofTheDemo() throws Exception {
        Path docs = Path.of(System.getProperty("espalier.docs"));
        DemoFolder.prepare(folder);
        int port = FreePort.find();
        CoordinatorNode coordinator = CoordinatorNode.start(
                NodeConfigReader.coordinator(
                        Optional.empty(),
                        List.of("port=" + port, "http.port=0", "data=" + folder.resolve("coordinator"))),
                Methods.stages(),
                false,
                run -> RunListener.NONE);
        WorkerNode worker = WorkerNode.start(
                NodeConfigReader.worker(
                        Optional.empty(),
                        List.of(
                                "coordinators=127.0.0.1:" + port,
                                "name=worker-1",
                                "data=" + folder.resolve("workers"))),
                Methods.work(),
                false);
        try (Browser browser = Browser.start(folder.resolve("profile"))) {
            coordinator
                    .runs()
                    .submit(RunConfigReader.read(
                            folder.resolve(DemoFolder.CONFIG),
                            List.of("run.name=nuteprune"),
                            Optional.of(folder.resolve("nuteprune"))))
                    .toCompletableFuture()
                    .join();
            browser.size(1180, 900, false);
            browser.open(coordinator.uri());
            awaitPatiently(browser, PRUNED);
            browser.screenshot(docs.resolve("page-during.png"));
            awaitPatiently(browser, "document.querySelectorAll('#results tbody tr').length === 3");
            awaitPatiently(browser, "document.querySelector('#results a')?.textContent === 'The whole report'");
            browser.screenshot(docs.resolve("page-after.png"));
            browser.size(390, 844, true);
            browser.screenshot(docs.resolve("page-phone.png"));
            assertThat(browser.complaints()).isEmpty();
        } finally {
            worker.leave().toCompletableFuture().join();
            coordinator.leave().toCompletableFuture().join();
        }
    }

    /** Longer than the browser waits for one answer. */
    private static void awaitPatiently(Browser browser, String condition) throws Exception {
        String within = "new Promise(done => { const end = Date.now() + 60000; const look = () => (" + condition
                + ") ? done(true) : Date.now() > end ? done(false) : setTimeout(look, 100); look(); })";
        for (int minutes = 0; !browser.evaluate(within).asBoolean(); minutes++) {
            assertThat(minutes).as("minutes until " + condition).isLessThan(30);
        }
    }
}
