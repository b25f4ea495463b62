package dev.espalier.coordinator.http;

import static dev.espalier.coordinator.TestCoordinator.config;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.protocol.Stage;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What the page shows of runs while they last and after. */
class WatchedPageTest extends PageInBrowser {
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
        assertThat(browser.evaluate("import('/page/api.js').then(api => api.status('pear')).then(run => run.steps)"))
                .hasToString("{\"calibrate\":0,\"prune\":30,\"recover\":12,\"export\":0,\"evaluate\":0}");

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
                        + " window.fetch = async (path, ...more) => path.endsWith('/runs/pear') && replies.length > 0"
                        + " ? replies.shift()() : real(path, ...more); }");
        api.submit(config("pear"));

        browser.await("document.querySelector('#head .state')?.textContent === 'completed'");
        assertThat(browser.evaluate("window.replies.length").asInt()).isZero();
        browser.await("document.querySelector('#notice').hidden");
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
}
