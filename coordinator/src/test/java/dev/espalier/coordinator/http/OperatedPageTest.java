package dev.espalier.coordinator.http;

import static dev.espalier.coordinator.TestCoordinator.config;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.node.HttpConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the page lets people do, with whatever they have. */
class OperatedPageTest extends PageInBrowser {
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
}
