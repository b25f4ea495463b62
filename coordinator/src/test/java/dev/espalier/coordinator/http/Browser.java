package dev.espalier.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Headless Chromium with one page, driven by its DevTools protocol. */
public final class Browser implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LISTENING = "DevTools listening on ";
    private static final long MINUTES = 3;

    private final Process process;
    private final WebSocket socket;
    private final Replies replies;
    private final AtomicInteger ids = new AtomicInteger();

    private Browser(Process process, WebSocket socket, Replies replies) {
        this.process = process;
        this.socket = socket;
        this.replies = replies;
    }

    /** Skips the test where there is no Chromium, unless tools are required. */
    public static Browser start(Path profile) throws Exception {
        Optional<Path> chromium = onPath("chromium");
        assumeTrue(chromium.isPresent() || System.getenv("ESPALIER_REQUIRE_TOOLS") != null, "no chromium on the PATH");
        assertThat(chromium).as("chromium on the PATH").isPresent();
        Process process = new ProcessBuilder(
                        chromium.get().toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--hide-scrollbars",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        HttpClient client = HttpClient.newHttpClient();
        URI tools = URI.create(listening(process).replaceFirst("^ws://([^/]+)/.*$", "http://$1/json/list"));
        JsonNode pages = JSON.readTree(client.send(HttpRequest.newBuilder(tools).build(), BodyHandlers.ofString())
                .body());
        String page = pages.get(0).path("webSocketDebuggerUrl").asText();
        Replies replies = new Replies();
        WebSocket socket = client.newWebSocketBuilder()
                .buildAsync(URI.create(page), replies)
                .get(MINUTES, TimeUnit.MINUTES);
        Browser browser = new Browser(process, socket, replies);
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            browser.call(domain + ".enable", Map.of());
        }
        return browser;
    }

    private static String listening(Process process) throws IOException {
        BufferedReader lines = process.errorReader(StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(LISTENING)) {
                Thread drain = new Thread(() -> lines.lines().forEach(rest -> {}), "chromium-log");
                drain.setDaemon(true);
                drain.start();
                return line.substring(LISTENING.length());
            }
        }
        throw new IOException("chromium ended before it listened");
    }

    /** Console errors and warnings, exceptions, refused loads: everything that a page should not cause. */
    public List<String> complaints() {
        return replies.complaints;
    }

    public void open(URI page) throws Exception {
        call("Page.navigate", Map.of("url", page.toString()));
    }

    /** As if it had just been started, for the next test: the page is left, its complaints are forgotten. */
    public void reset() throws Exception {
        open(URI.create("about:blank"));
        await("location.href === 'about:blank'");
        call("Emulation.clearDeviceMetricsOverride", Map.of());
        call("Emulation.setEmulatedMedia", Map.of("features", List.of()));
        complaints().clear();
    }

    public void size(int width, int height, boolean dark) throws Exception {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
        call(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
    }

    /** The value of a JavaScript expression; a promise is waited for. */
    public JsonNode evaluate(String expression) throws Exception {
        JsonNode reply =
                call("Runtime.evaluate", Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
        assertThat(reply.path("exceptionDetails").isMissingNode())
                .as(reply::toString)
                .isTrue();
        return reply.at("/result/value");
    }

    /** What axe finds on the page that keeps people from using it, a sentence each. */
    public List<String> violations() throws Exception {
        JsonNode found = evaluate(AxeScript.TEXT
                + "; axe.run().then(found => found.violations.map(one => one.id + ': ' + one.help + ' at '"
                + " + one.nodes.map(node => node.html).join(' and ')))");
        List<String> told = new ArrayList<>();
        found.forEach(one -> told.add(one.asText()));
        return told;
    }

    /** Waits until an expression is true; of what is not on the page yet, nothing is. */
    public void await(String condition) throws Exception {
        evaluate("new Promise((done, fail) => { const look = () => { try { if (" + condition
                + ") { return done(true); } } catch (e) { if (!(e instanceof TypeError)) { return fail(e); } }"
                + " setTimeout(look, 50); }; look(); })");
    }

    /** Presses the left button on an element. */
    public void mouseDown(String selector) throws Exception {
        mouse("mousePressed", selector);
    }

    /** Lets the left button go where the element is by now. */
    public void mouseUp(String selector) throws Exception {
        mouse("mouseReleased", selector);
    }

    private void mouse(String type, String selector) throws Exception {
        JsonNode at = evaluate("(() => { const it = document.querySelector('" + selector + "');"
                + " it.scrollIntoView({block: 'nearest'}); const box = it.getBoundingClientRect();"
                + " return {x: box.x + box.width / 2, y: box.y + box.height / 2}; })()");
        call(
                "Input.dispatchMouseEvent",
                Map.of(
                        "type",
                        type,
                        "x",
                        at.path("x").asDouble(),
                        "y",
                        at.path("y").asDouble(),
                        "button",
                        "left",
                        "clickCount",
                        1));
    }

    /** Presses a key and lets it go: Tab, Enter, Escape or Space. */
    public void key(String name) throws Exception {
        Map<String, Integer> codes = Map.of("Tab", 9, "Enter", 13, "Escape", 27, "Space", 32);
        Map<String, String> texts = Map.of("Enter", "\r", "Space", " ");
        String text = texts.getOrDefault(name, "");
        for (String type : List.of(text.isEmpty() ? "rawKeyDown" : "keyDown", "keyUp")) {
            call(
                    "Input.dispatchKeyEvent",
                    Map.of(
                            "type",
                            type,
                            "key",
                            name.equals("Space") ? " " : name,
                            "code",
                            name,
                            "windowsVirtualKeyCode",
                            codes.get(name),
                            "text",
                            type.equals("keyUp") ? "" : text));
        }
    }

    /** The whole page as PNG. */
    public void screenshot(Path file) throws Exception {
        JsonNode reply = call("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
        Files.write(file, Base64.getDecoder().decode(reply.path("data").asText()));
    }

    private JsonNode call(String method, Map<String, ?> parameters) throws Exception {
        int id = ids.incrementAndGet();
        CompletableFuture<JsonNode> reply = new CompletableFuture<>();
        replies.waiting.put(id, reply);
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", JSON.valueToTree(parameters));
        socket.sendText(message.toString(), true).get(MINUTES, TimeUnit.MINUTES);
        return reply.get(MINUTES, TimeUnit.MINUTES);
    }

    @Override
    public void close() {
        socket.abort();
        // Its processes write to the profile, which is deleted next: none of them outlives it.
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(one -> one.onExit().join());
    }

    private static Optional<Path> onPath(String program) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static final class Replies implements WebSocket.Listener {
        private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
        private final List<String> complaints = new CopyOnWriteArrayList<>();
        private final StringBuilder part = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            part.append(text);
            if (last) {
                received(part.toString());
                part.setLength(0);
            }
            socket.request(1);
            return null;
        }

        private void received(String text) {
            JsonNode message = read(text);
            if (message.has("id")) {
                CompletableFuture<JsonNode> reply =
                        waiting.remove(message.path("id").asInt());
                if (message.has("error")) {
                    reply.completeExceptionally(new IllegalStateException(text));
                } else {
                    reply.complete(message.path("result"));
                }
                return;
            }
            String method = message.path("method").asText();
            String level = message.at("/params/entry/level").asText();
            String type = message.at("/params/type").asText();
            boolean complains = method.equals("Runtime.exceptionThrown")
                    || (method.equals("Log.entryAdded")
                            && List.of("error", "warning").contains(level))
                    || (method.equals("Runtime.consoleAPICalled")
                            && List.of("error", "warning", "assert").contains(type));
            if (complains) {
                complaints.add(text);
            }
        }

        private static JsonNode read(String text) {
            try {
                return JSON.readTree(text);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
