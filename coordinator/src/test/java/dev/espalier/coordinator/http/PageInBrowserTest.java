package dev.espalier.coordinator.http;

import static dev.espalier.coordinator.TestCoordinator.config;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.node.HttpConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser, before a real coordinator. */
class PageInBrowserTest {
    @TempDir
    static Path profile;

    private static Browser browser;

    @TempDir
    Path folder;

    private final CountDownLatch recovery = new CountDownLatch(1);
    private volatile CountDownLatch gates = new CountDownLatch(0);
    private volatile Stage heldGates = Stage.PRUNE;
    private volatile boolean exportFails;
    private TestCoordinator coordinator;
    private Api api;

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

    private void coordinate(HttpSettings settings) throws Exception {
        coordinator = TestCoordinator.start(folder, settings, this::worker);
        api = Api.of(coordinator);
    }

    private Optional<Worker.Report> worker(Assignment assignment) {
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

    @Test
    void aRunIsWatchedToItsEnd() throws Exception {
        coordinate(HttpSettings.local(0));
        api.submit(config("pear"));
        browser.size(1280, 900, false);
        browser.open(coordinator.uri().resolve("/"));

        browser.await(stage("recover", "RUNNING"));
        browser.await("document.querySelectorAll('#charts figure canvas').length >= 3");
        assertThat(text("#head .state")).isEqualTo("running");
        browser.await("document.querySelector('#runs a[aria-current]').textContent.includes('running recover')");
        assertThat(text("#workers")).contains("worker-1");
        assertThat(text("#connection")).isEqualTo("live");

        Path kept = folder.resolve("runs/pear/stages/prune/kept.json");
        Files.writeString(
                kept,
                "{\"head-unit\":\"KV groups\",\"layers\":[{\"heads\":\"101\",\"ffn\":\"1100\"}],\"hidden\":\"1111\"}");
        recovery.countDown();

        browser.await(stage("evaluate", "COMPLETED"));
        browser.await("document.querySelector('#head .state').textContent === 'completed'");
        browser.await("document.querySelectorAll('#charts figure canvas').length === 8");
        browser.await("!document.querySelector('#kept-section').hidden");
        browser.await("document.querySelector('#events').textContent.includes('the run has completed')");
        browser.await("document.querySelector('.facts [data-fact=parameters]')?.textContent.includes('80from 100')");
        assertThat(browser.evaluate("document.querySelectorAll('.layer svg rect').length")
                        .asInt())
                .isEqualTo(3 + 4);
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aRunInRoundsIsWatchedThroughAllOfThem() throws Exception {
        coordinate(HttpSettings.local(0));
        recovery.countDown();
        gates = new CountDownLatch(1);
        heldGates = Stage.written("prune-2");
        api.submit(config("pear").replace("target.sparsity = 0.2", "target.sparsity = [0.1, 0.2]")
                + "stages = [calibrate, prune, recover, calibrate, prune, recover, export, evaluate]\n");
        browser.size(1280, 900, false);
        browser.open(coordinator.uri().resolve("/"));

        browser.await(stage("prune-2", "RUNNING"));
        browser.await("document.querySelector('[data-fact=step]')?.textContent === 'step5of 30'");
        browser.await("document.querySelector('#runs a[aria-current]').textContent.includes('running prune-2')");
        assertThat(text("#stages [data-stage=prune-2] .gauge")).contains("/30 steps");
        browser.await("document.querySelector('#kept .legend')?.textContent.includes('expected to be kept')");
        // as the round before left it; it is shown when this one has decided
        write("prune", "1110");

        gates.countDown();
        browser.await("document.querySelector('#head .state').textContent === 'completed'");
        write("prune-2", "1100");
        browser.open(coordinator.uri().resolve("/?again#pear"));
        browser.await("document.querySelectorAll('#charts figure canvas').length === 8");
        browser.await("!document.querySelector('#kept-section').hidden");
        assertThat(text("#kept .legend")).contains("FFN channels left: 75.0 % after prune, 50.0 % after prune-2.");
        assertThat(browser.evaluate("document.querySelector('#kept .layer[title]').title")
                        .asText())
                .isEqualTo("layer 0: 2 of 3 heads, 2 of 4 channels; after prune 2 and 3");
        String rounds = "import('/page/history.js').then(({History}) => { const history = new History();"
                + " for (const stage of ['prune', 'prune-2']) for (let step = 0; step < 3; step++)"
                + " history.add({time: '2026-01-01T00:00:00Z', stage, step, loss: step});"
                + " const {rows, starts} = history.rounds([['prune', %s], ['prune-2', 3]]);"
                + " return [rows.map(row => row.step), starts]; })";
        assertThat(browser.evaluate(rounds.formatted("3")).toString()).isEqualTo("[[0,1,2,3,4,5],[3]]");
        assertThat(browser.evaluate(rounds.formatted("10")).toString())
                .as("the first is not over")
                .isEqualTo("[[0,1,2,10,11,12],[10]]");

        gates = new CountDownLatch(1);
        click("[data-retry=prune-2]");
        browser.await("document.querySelector('dialog[open]') !== null");
        assertThat(text("dialog")).contains("Do prune-2 again");
        click("dialog button[value=yes]");
        browser.await(stage("prune-2", "RUNNING"));
        assertThat(browser.evaluate(stage("recover", "COMPLETED")).asBoolean()).isTrue();
        gates.countDown();
        browser.await("document.querySelector('#head .state').textContent === 'completed'");
        assertThat(browser.complaints()).isEmpty();
    }

    private void write(String stage, String channels) throws Exception {
        Files.writeString(
                folder.resolve("runs/pear/stages/" + stage + "/kept.json"),
                "{\"head-unit\":\"KV groups\",\"layers\":[{\"heads\":\"101\",\"ffn\":\"" + channels
                        + "\"}],\"hidden\":\"1111\"}");
    }

    @Test
    void whatIsExpectedToBeKeptIsShownWhileGatesLearnItAndNoLonger() throws Exception {
        coordinate(HttpSettings.local(0));
        gates = new CountDownLatch(1);
        api.submit(config("pear"));
        browser.open(coordinator.uri().resolve("/"));

        browser.await("document.querySelector('#kept .legend')?.textContent.includes('expected to be kept')");
        assertThat(browser.evaluate("document.querySelectorAll('.layer svg rect').length")
                        .asInt())
                .as("a whole and a part, of heads and of channels")
                .isEqualTo(4);
        assertThat(text(".layer:not(.heads-row)")).contains("100.0 %");
        gates.countDown();
        browser.await(stage("recover", "RUNNING"));
        browser.await("document.querySelector('#kept-section').hidden");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aBarDoesNotFillBeforeItsStageIsOver() throws Exception {
        coordinate(HttpSettings.local(0));
        browser.open(coordinator.uri().resolve("/"));
        String far = "import('/page/stages.js').then(stages => [%s].map(([steps, trained, done, total, what]) => "
                + "stages.howFar(steps, trained, {done, total, what}).share))";
        JsonNode training = browser.evaluate(far.formatted(
                "[30, 0, 7, 8, 'layers'], [30, 12, 12, 30, 'steps'], [30, 12, 1, 8, 'layers'], [30, 12, 8, 8, 'layers'],"
                        + " [30, 13, 13, 30, 'steps'], [30, 30, 30, 30, 'steps'], [30, 30, 4, 8, 'layers'],"
                        + " [30, 30, 8, 8, 'layers']"));
        double before = 0;
        for (JsonNode share : training) {
            assertThat(share.asDouble()).as(training::toString).isGreaterThanOrEqualTo(before);
            before = share.asDouble();
        }
        assertThat(before).isLessThan(1);
        assertThat(browser.evaluate(far.formatted("[0, 0, 5, 10, 'windows'], [0, 0, 10, 10, 'windows']"))
                        .toString())
                .isEqualTo("[0.5,0.98]");
    }

    @Test
    void lossAndDivergenceAreOneLineWhereTheyAreTheSame() throws Exception {
        coordinate(HttpSettings.local(0));
        browser.open(coordinator.uri().resolve("/"));
        String same = "import('/page/charts.js').then(charts => charts.isAllKl([{loss: 2, 'loss.kl': 2},"
                + " {loss: 1.5, 'loss.kl': %s}]))";
        assertThat(browser.evaluate(same.formatted("1.5")).asBoolean()).isTrue();
        assertThat(browser.evaluate(same.formatted("1.4")).asBoolean()).isFalse();
    }

    @Test
    void aRunThatWasRemovedIsLeftAndAnotherOfItsNameBeginsAfresh() throws Exception {
        coordinate(HttpSettings.local(0));
        recovery.countDown();
        exportFails = true;
        api.submit(config("pear"));
        browser.open(coordinator.uri().resolve("/#pear"));
        browser.await("document.querySelector('#events')?.textContent.includes('the run failed in stage export')");

        api.post("/runs/pear/remove", "{}");
        browser.await("document.querySelector('#notice').textContent === 'Run pear was removed.'");
        browser.await("document.querySelector('#run').hidden");
        assertThat(text("#runs")).contains("None yet");
        assertThat(text("#events")).isEqualTo("none yet");

        exportFails = false;
        api.submit(config("pear"));
        browser.await("document.querySelector('#head .state')?.textContent === 'completed'");
        browser.await("document.querySelector('#events')?.textContent.includes('the run has completed')");
        assertThat(text("#events")).doesNotContain("failed");
        // A browser logs every refusal, and the page may ask for the run while that goes.
        assertThat(browser.complaints())
                .allSatisfy(complaint -> assertThat(complaint).containsPattern("status of 40[49].*/runs/pear"));
    }

    @Test
    void aRunThatCannotBeOpenedAtFirstIsOpenedAsSoonAsItCan() throws Exception {
        coordinate(HttpSettings.local(0));
        recovery.countDown();
        browser.open(coordinator.uri().resolve("/"));
        browser.await("document.querySelector('#runs').textContent.includes('None yet')");
        browser.evaluate(
                "{ const real = window.fetch; const replies = window.replies = [() => new Response('{}', {status: 504}),"
                        + " () => new Response(null, {status: 204}), () => { throw new TypeError('no route'); }];"
                        + " window.fetch = async (path, ...more) => path.endsWith('/config') && replies.length > 0"
                        + " ? replies.shift()() : real(path, ...more); }");
        api.submit(config("pear"));

        browser.await("document.querySelector('#head .state')?.textContent === 'completed'");
        assertThat(browser.evaluate("window.replies.length").asInt()).isZero();
        browser.await("document.querySelector('#notice').hidden");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aFailedStageIsResumedWithTheButton() throws Exception {
        coordinate(HttpSettings.local(0));
        recovery.countDown();
        exportFails = true;
        api.submit(config("pear"));
        browser.open(coordinator.uri().resolve("/"));

        browser.await(stage("export", "FAILED"));
        browser.await("document.querySelector('#head .cause') !== null");
        assertThat(text("#head .cause")).contains("export: the device is on fire");
        assertThat(text("#stages")).contains("the device is on fire");

        exportFails = false;
        click("[data-command=resume]");
        browser.await(stage("evaluate", "COMPLETED"));
        browser.await("document.querySelector('#head .state').textContent === 'completed'");
        assertThat(browser.evaluate("document.querySelector('[data-command=resume]').ariaDisabled")
                        .asText())
                .isEqualTo("true");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aRunWithoutNewsIsNotShownAsRunningUntilTheyComeAgain() throws Exception {
        coordinator = TestCoordinator.start(folder, HttpSettings.local(0), this::worker, TestCoordinator.ATTENTIVE);
        api = Api.of(coordinator);
        api.submit(config("pear"));
        browser.open(coordinator.uri().resolve("/"));

        browser.await(stage("recover", "RUNNING"));
        browser.await("document.querySelector('#head .state.WAITING') !== null");
        assertThat(text("#head .state")).isEqualTo("waiting");
        assertThat(text("#head .cause"))
                .matches("Waiting: no news for \\d+ s from worker worker-1; in 59 min its work is tried anew\\.");
        browser.await("document.querySelector('#runs a[aria-current]')?.textContent.includes('waiting recover')");
        assertThat(browser.evaluate("document.querySelector('[data-fact=\"time left\"]') === null")
                        .asBoolean())
                .as("nothing is told of an end")
                .isTrue();

        recovery.countDown();
        browser.await("document.querySelector('#head .state').textContent === 'completed'");
        browser.await("document.querySelector('#head .cause') === null");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aCompletedRunSaysWhichFilesAreMissingAndTheButtonMakesThemAgain() throws Exception {
        coordinate(HttpSettings.local(0));
        recovery.countDown();
        api.submit(config("pear"));
        browser.open(coordinator.uri().resolve("/"));
        browser.await("document.querySelector('#head .state')?.textContent === 'completed'");
        browser.await("document.querySelector('#results a')?.textContent === 'The whole report'");
        Path file = folder.resolve("runs/pear/export/hf/config.json");
        Files.delete(file);

        browser.open(coordinator.uri().resolve("/?again#pear"));
        browser.await("document.querySelector('#head .cause') !== null");
        assertThat(text("#head .state")).isEqualTo("completed");
        assertThat(text("#head .cause"))
                .isEqualTo("Missing: export/hf/config.json, in " + folder.resolve("runs/pear")
                        + "; resume makes it again.");
        click("[data-command=resume]");
        browser.await("document.querySelector('#head .cause') === null");
        browser.await("document.querySelector('#head .state')?.textContent === 'completed'");
        assertThat(file).exists();
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aStageIsDoneAgainAfterTheQuestionIsAnswered() throws Exception {
        coordinate(HttpSettings.local(0));
        recovery.countDown();
        api.submit(config("pear"));
        browser.open(coordinator.uri().resolve("/"));
        browser.await(stage("evaluate", "COMPLETED"));

        exportFails = true;
        click("[data-retry=export]");
        browser.await("document.querySelector('dialog[open]') !== null");
        assertThat(text("dialog")).contains("Do export again");
        click("dialog button[value=no]");
        browser.await("document.querySelector('dialog') === null");
        click("[data-retry=export]");
        click("dialog button[value=yes]");
        browser.await(stage("export", "FAILED"));
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aSlowClickTakesEffectHoweverOftenThePageIsRedrawnMeanwhile() throws Exception {
        coordinate(HttpSettings.local(0));
        api.submit(config("pear"));
        browser.size(1280, 900, false);
        browser.open(coordinator.uri().resolve("/"));
        browser.await(stage("recover", "RUNNING"));

        for (String[] press : new String[][] {{"pause", "resume"}, {"resume", "pause"}, {"pause", "resume"}}) {
            String selector = "[data-command=" + press[0] + "]";
            remember(selector);
            browser.mouseDown(selector);
            aRedraw();
            browser.mouseUp(selector);
            browser.await("document.querySelector('[data-command=" + press[1] + "]').ariaDisabled === null");
            assertStillThere(selector);
        }
        remember("[data-retry=prune]");
        browser.mouseDown("[data-retry=prune]");
        aRedraw();
        browser.mouseUp("[data-retry=prune]");
        browser.await("document.querySelector('dialog[open]') !== null");
        assertStillThere("[data-retry=prune]");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void theKeyboardAloneIsEnough() throws Exception {
        coordinate(HttpSettings.local(0));
        api.submit(config("apple"));
        browser.size(1280, 900, false);
        browser.open(coordinator.uri().resolve("/#apple"));
        // The only worker stays there: a second run would else compete for it.
        browser.await(stage("recover", "RUNNING"));
        api.submit(config("pear"));
        browser.evaluate("location.hash = '#pear'");
        browser.await("document.querySelector('#head h2').textContent === 'pear'");

        tabTo("#runs a[href=\"#apple\"]");
        browser.key("Enter");
        browser.await("document.querySelector('#head h2').textContent === 'apple'");
        assertFocus("#runs a[href=\"#apple\"]");
        tabTo("[data-command=pause]");
        aRedraw();
        assertFocus("[data-command=pause]");
        browser.key("Enter");
        browser.await("document.querySelector('#head .state').textContent === 'paused'");
        aRedraw();
        assertFocus("[data-command=pause]");
        tabTo("[data-command=cancel]");
        browser.key("Space");
        browser.await("document.querySelector('dialog[open]') !== null");
        assertFocus("dialog button");
        browser.key("Escape");
        browser.await("document.querySelector('dialog') === null");
        assertFocus("[data-command=cancel]");
        browser.key("Enter");
        tabTo("dialog button[value=yes]");
        browser.key("Enter");
        browser.await("document.querySelector('#head .state').textContent === 'cancelled'");
        assertFocus("[data-command=cancel]");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void axeFindsNothingWhateverThePageShows() throws Exception {
        coordinate(HttpSettings.local(0));
        browser.size(1280, 900, false);
        browser.open(coordinator.uri().resolve("/"));
        browser.await("document.querySelector('#workers tbody') !== null");
        assertAccessible("no run");

        exportFails = true;
        api.submit(config("pear"));
        browser.await(stage("recover", "RUNNING"));
        browser.await("document.querySelectorAll('#charts figure canvas').length >= 3");
        assertAccessible("a run that trains");

        recovery.countDown();
        browser.await(stage("export", "FAILED"));
        assertAccessible("a run that failed");
        click("[data-command=cancel]");
        assertAccessible("a question");
        click("dialog button[value=no]");

        exportFails = false;
        api.post("/runs/pear/resume", "{}");
        browser.await("document.querySelector('#head .state').textContent === 'completed'");
        browser.await("document.querySelector('#results a').textContent === 'The whole report'");
        Files.writeString(
                folder.resolve("runs/pear/manifest.json"),
                """
                {"stages": [], "evaluation": {
                    "before": {"perplexity": [{"file": "/a.txt", "value": 20.0}]},
                    "after-prune": {"perplexity": [{"file": "/a.txt", "value": 25.0}]}}}
                """);
        // Another address, for what is asked while a page is loaded again may be lost with the old one.
        browser.open(coordinator.uri().resolve("/?again#pear"));
        browser.await("document.querySelector('#results table') !== null");
        assertThat(text("#results table")).contains("25.00", "+25");
        assertAccessible("a run that is over");
        browser.size(360, 740, true);
        assertAccessible("a phone in the dark");
    }

    private void assertAccessible(String what) throws Exception {
        assertThat(browser.violations()).as(what).isEmpty();
    }

    /** Waits until the page has been drawn anew, as it is every second. */
    private void aRedraw() throws Exception {
        browser.evaluate("window.before = document.querySelector('#stages').textContent");
        browser.await("document.querySelector('#stages').textContent !== window.before");
    }

    private void remember(String selector) throws Exception {
        browser.evaluate("{ window.remembered = document.querySelector('" + selector + "'); }");
    }

    private void assertStillThere(String selector) throws Exception {
        assertThat(browser.evaluate("document.querySelector('" + selector + "') === window.remembered")
                        .asBoolean())
                .as(selector + " is the element that it was")
                .isTrue();
    }

    private void tabTo(String selector) throws Exception {
        for (int tabs = 0; !focused(selector); tabs++) {
            assertThat(tabs).as("tabs until " + selector).isLessThan(60);
            browser.key("Tab");
        }
    }

    private boolean focused(String selector) throws Exception {
        return browser.evaluate("document.activeElement.matches('" + selector + "')")
                .asBoolean();
    }

    private void assertFocus(String selector) throws Exception {
        assertThat(focused(selector))
                .as("focus is on " + selector + ", and not on "
                        + browser.evaluate("document.activeElement.outerHTML").asText())
                .isTrue();
    }

    @Test
    void withoutTheTokenThePageSaysSoAndWithItTheCommandIsObeyed() throws Exception {
        String token = "0123456789abcdef0123456789abcdef";
        coordinate(HttpSettings.from(new HttpConfig("127.0.0.1", 0, Optional.of(token))));
        coordinator.runs().submit(RunConfigReader.submitted(config("pear"), folder.resolve("runs")), Optional.empty());
        browser.open(coordinator.uri().resolve("/"));
        browser.await(stage("recover", "RUNNING"));

        click("[data-command=pause]");
        browser.await("document.querySelector('#notice').textContent.includes('bears its token')");
        assertThat(browser.evaluate("document.querySelector('#access').open").asBoolean())
                .isTrue();

        browser.evaluate("{ const field = document.querySelector('#token'); field.value = '" + token
                + "'; field.dispatchEvent(new Event('input')); }");
        click("[data-command=pause]");
        browser.await("document.querySelector('#head .state').textContent === 'paused'");
        assertThat(browser.evaluate("document.querySelector('#notice').hidden").asBoolean())
                .isTrue();
        // What was refused before the token: a browser logs it in its own time, maybe after the pause.
        assertThat(browser.complaints())
                .allSatisfy(complaint -> assertThat(complaint).containsPattern("status of 401.*/runs/pear/"));
    }

    @Test
    void nothingSticksOutOnAPhoneInTheDark() throws Exception {
        coordinate(HttpSettings.local(0));
        api.submit(config("a-run-with-quite-a-long-name-that-must-not-stick-out.of-the-page"));
        browser.size(360, 740, true);
        browser.open(coordinator.uri().resolve("/"));
        browser.await(stage("recover", "RUNNING"));
        browser.await("document.querySelectorAll('#charts figure canvas').length >= 3");

        JsonNode width = browser.evaluate("document.documentElement.scrollWidth");
        assertThat(width.asInt()).isLessThanOrEqualTo(360);
        assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor")
                        .asText())
                .isEqualTo("rgb(21, 24, 22)");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void thePageAllowsNothingThatIsNotItsOwn() throws Exception {
        coordinate(HttpSettings.local(0));
        var response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(coordinator.uri() + "/"))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(response.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("default-src 'none'")
                .contains("script-src 'self'")
                .contains("frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(response.body()).doesNotContain("http://", "https://");
    }

    private static String stage(String name, String state) {
        return "document.querySelector('[data-stage=" + name + "] .state." + state + "') !== null";
    }

    private String text(String selector) throws Exception {
        return browser.evaluate("document.querySelector('" + selector + "').textContent")
                .asText();
    }

    private void click(String selector) throws Exception {
        browser.evaluate("document.querySelector('" + selector + "').click()");
    }
}
