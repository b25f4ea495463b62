package dev.espalier.coordinator.http;

import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Worker;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser, before a real coordinator whose worker waits for the test where it is told to. */
abstract class PageInBrowser {
    @TempDir
    static Path profile;

    static Browser browser;

    @TempDir
    Path folder;

    final CountDownLatch recovery = new CountDownLatch(1);
    volatile CountDownLatch gates = new CountDownLatch(0);
    volatile Stage heldGates = Stage.PRUNE;
    volatile boolean exportFails;
    TestCoordinator coordinator;
    Api api;

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
    void stop() throws Exception {
        recovery.countDown();
        gates.countDown();
        browser.reset();
        if (coordinator != null) {
            coordinator.close();
        }
    }

    final void coordinate(HttpSettings settings) throws Exception {
        coordinator = TestCoordinator.start(folder, settings, this::worker);
        api = Api.of(coordinator);
    }

    final Optional<Worker.Report> worker(Assignment assignment) {
        try {
            if (assignment.key().stage().equals(Stage.RECOVER)) {
                recovery.await();
            } else if (assignment.work().leg().equals("gates")
                    && assignment.key().stage().equals(heldGates)
                    && assignment.work().slice().firstStep() > 0) {
                gates.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return exportFails && assignment.key().stage().equals(Stage.EXPORT)
                ? Optional.of(TestCoordinator.failure(assignment))
                : Optional.empty();
    }

    static String stage(String name, String state) {
        return "document.querySelector('[data-stage=" + name + "] .state." + state + "') !== null";
    }

    final String text(String selector) throws Exception {
        return browser.evaluate("document.querySelector('" + selector + "').textContent")
                .asText();
    }

    final void click(String selector) throws Exception {
        browser.evaluate("document.querySelector('" + selector + "').click()");
    }
}
