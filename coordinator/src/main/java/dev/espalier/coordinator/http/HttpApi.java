package dev.espalier.coordinator.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.coordinator.folder.DiskWork;
import dev.espalier.coordinator.register.RunGateway;
import dev.espalier.protocol.NewsId;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEntry;
import dev.espalier.protocol.RunList;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.http.javadsl.marshalling.sse.EventStreamMarshalling;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.model.sse.ServerSentEvent;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.PathMatcher0;
import org.apache.pekko.http.javadsl.server.PathMatchers;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.japi.function.Function2;
import org.apache.pekko.pattern.StatusReply;
import org.apache.pekko.stream.javadsl.Source;

/**
 * The API under {@code /api/v1}: what the command line and the page talk to. {@code openapi.yaml} describes it, and a
 * test holds the two together.
 */
public final class HttpApi extends AllDirectives {
    static final String ROOT = "/api/v1";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DOCUMENT = "openapi.yaml";
    private static final int MOST_SUBMITTED_BYTES = 2 << 20;
    private static final int MOST_COMMAND_BYTES = 16 << 10;
    private static final int MOST_LISTED = 200;
    private static final int USUALLY_LISTED = 50;
    private static final int LEAST_POINTS = 3;
    private static final int MOST_POINTS = 5000;
    private static final int USUAL_POINTS = 500;
    private static final int MOST_WATCHERS = 256;
    private static final Duration BODY_TIMEOUT = Duration.ofSeconds(20);

    /** A run that has just been recovered first reads its artefacts again. */
    static final Duration COMMAND_TIMEOUT = Duration.ofMinutes(11);

    private final ActorSystem<?> system;
    private final RunGateway runs;
    private final WorkerDirectory workers;
    private final Access access;
    private final Optional<Path> runFolders;
    private final RunFiles files;
    private final Downloads downloads;
    private final EventStream events;
    private final AtomicInteger watchers = new AtomicInteger();

    /**
     * @param runFolders where submitted runs get their folders; empty: none can be submitted
     */
    public HttpApi(
            ActorSystem<?> system,
            HttpSettings settings,
            RunGateway runs,
            WorkerDirectory workers,
            Optional<Path> runFolders) {
        this.system = system;
        this.runs = runs;
        this.workers = workers;
        this.runFolders = runFolders;
        access = new Access(settings);
        files = new RunFiles(DiskWork.of(system));
        downloads = new Downloads(access, files);
        events = new EventStream(ClusterSharding.get(system), runs);
    }

    /** How many watch runs just now. */
    public int watchers() {
        return watchers.get();
    }

    /** All there is. */
    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get("/openapi.yaml", none -> document()),
                Endpoint.get("/workers", none -> answered(workers.workers().thenApply(HttpApi::json))),
                Endpoint.get("/runs", none -> list()),
                Endpoint.post("/runs", none -> submission()),
                Endpoint.get("/runs/{run}", this::status),
                Endpoint.get("/runs/{run}/config", run -> file(run, files::configuration)),
                Endpoint.get("/runs/{run}/metrics", this::metrics),
                Endpoint.get("/runs/{run}/kept", run -> file(run, files::kept)),
                Endpoint.get("/runs/{run}/results", run -> file(run, files::results)),
                Endpoint.get("/runs/{run}/report", run -> folder(run, downloads::report)),
                Endpoint.get("/runs/{run}/export", run -> folder(run, at -> downloads.listing(run, at))),
                Endpoint.get("/runs/{run}/export/file", run -> folder(run, at -> downloads.file(run, at))),
                Endpoint.get("/runs/{run}/events", this::watched),
                Endpoint.post("/runs/{run}/pause", run -> command(run, RunCommand.Pause::new)),
                Endpoint.post("/runs/{run}/resume", run -> command(run, RunCommand.Resume::new)),
                Endpoint.post("/runs/{run}/skip", run -> command(run, RunCommand.Skip::new)),
                Endpoint.post("/runs/{run}/cancel", run -> command(run, RunCommand.Cancel::new)),
                Endpoint.post("/runs/{run}/remove", this::removal),
                Endpoint.post("/runs/{run}/retry", this::retry));
    }

    public Route routes() {
        List<Route> all = endpoints().stream().map(this::route).toList();
        Route api = concat(all.get(0), all.subList(1, all.size()).toArray(Route[]::new));
        return respondWithDefaultHeader(RawHeader.create("Cache-Control", "no-store"), () -> api);
    }

    private Route route(Endpoint endpoint) {
        Function<String, Route> handler = endpoint.method().equals(HttpMethods.POST)
                ? run -> obeyed(() -> endpoint.handler().apply(run))
                : endpoint.handler();
        String path = ROOT.substring(1) + endpoint.path();
        int at = path.indexOf(Endpoint.RUN);
        if (at < 0) {
            return path(literal(path), () -> method(endpoint.method(), () -> handler.apply("")));
        }
        String rest = path.substring(at + Endpoint.RUN.length());
        var upToRun = literal(path.substring(0, at - 1)).slash(PathMatchers.segment());
        return path(
                rest.isEmpty() ? upToRun : upToRun.slash(literal(rest.substring(1))),
                run -> method(endpoint.method(), () -> handler.apply(run)));
    }

    private static PathMatcher0 literal(String path) {
        return PathMatchers.separateOnSlashes(path);
    }

    private interface Inner {
        Route route();
    }

    /** A command of somebody who may give it. */
    private Route obeyed(Inner inner) {
        return extractRequest(request ->
                access.commandRefusal(request).<Route>map(this::complete).orElseGet(inner::route));
    }

    private Route document() {
        return getFromResource(
                "dev/espalier/coordinator/http/" + DOCUMENT,
                MediaTypes.applicationWithOpenCharset("yaml").toContentType(HttpCharsets.UTF_8));
    }

    private Route list() {
        return parameterOptional(
                "after",
                after -> parameterOptional(
                        "limit",
                        limit -> number(
                                "limit",
                                limit,
                                1,
                                MOST_LISTED,
                                USUALLY_LISTED,
                                most -> answered(
                                        runs.list(after.orElse(""), most).thenApply(HttpApi::json)))));
    }

    private Route status(String run) {
        return found(run, entry -> answered(runs.status(run).thenApply(HttpApi::json)));
    }

    private Route metrics(String run) {
        return parameterOptional(
                "points",
                points -> number(
                        "points",
                        points,
                        LEAST_POINTS,
                        MOST_POINTS,
                        USUAL_POINTS,
                        most -> file(run, directory -> files.metrics(directory, most))));
    }

    /** A file of the run; no content before there is one. */
    private Route file(String run, Function<Path, CompletionStage<Optional<JsonNode>>> read) {
        return found(
                run,
                entry -> answered(read.apply(Path.of(entry.directory())).thenApply(json -> json.map(HttpApi::response)
                        .orElseGet(() -> HttpResponse.create().withStatus(StatusCodes.NO_CONTENT)))));
    }

    private Route folder(String run, Function<Path, Route> then) {
        return found(run, entry -> then.apply(Path.of(entry.directory())));
    }

    private Route watched(String run) {
        return found(
                run,
                entry -> parameterOptional(
                        "from",
                        from -> optionalHeaderValueByName("Last-Event-ID", last -> {
                            Optional<NewsId> position = last.flatMap(NewsId::parse);
                            if (last.isPresent() && position.isEmpty()) {
                                return complete(Problem.badRequest("Last-Event-ID is none of ours: "
                                                + "leave it out, or repeat the id of the last event")
                                        .response());
                            }
                            if (!from.orElse("start").matches("start|now")) {
                                return complete(Problem.badRequest("from: must be start or now")
                                        .response());
                            }
                            return stream(position.map(after -> events.resumed(run, after))
                                    .orElseGet(() -> events.opened(run, from.equals(Optional.of("now")))));
                        })));
    }

    private Route stream(Source<ServerSentEvent, NotUsed> news) {
        if (watchers.get() >= MOST_WATCHERS) {
            return complete(new Problem(
                            StatusCodes.SERVICE_UNAVAILABLE,
                            "too-many-watchers",
                            MOST_WATCHERS + " watch already: try again when some have gone")
                    .response());
        }
        // Counted when the stream begins, for it may never do so: a client may accept something else, or be gone. Those
        // who come at the very same time may be a few too many.
        Function2<NotUsed, CompletionStage<Done>, NotUsed> counted = (used, done) -> {
            watchers.incrementAndGet();
            done.whenComplete((ended, failure) -> watchers.decrementAndGet());
            return used;
        };
        return completeOK(
                EventStream.withHeartbeat(news).watchTermination(counted), EventStreamMarshalling.toEventStream());
    }

    private Route submission() {
        return body(MOST_SUBMITTED_BYTES, List.of("config", "retry"), json -> {
            Optional<Stage> again = StageWord.parse(json.path("retry").asText());
            if (!json.path("config").isTextual()) {
                return complete(Problem.badRequest("config: must be a string, the run's configuration as HOCON or JSON")
                        .response());
            }
            if (json.has("retry") && again.isEmpty()) {
                return complete(Problem.badRequest("retry: must be one of " + StageWord.ALL)
                        .response());
            }
            if (runFolders.isEmpty()) {
                return complete(new Problem(
                                StatusCodes.CONFLICT,
                                "refused",
                                "this process executes its own run only: submit to a coordinator (espalier"
                                        + " coordinator)")
                        .response());
            }
            ResolvedRun run = RunConfigReader.submitted(json.path("config").asText(), runFolders.get());
            return slowly(() -> answered(runs.submit(run, again).thenApply(status -> response(read(status))
                    .withStatus(StatusCodes.CREATED)
                    .addHeader(RawHeader.create(
                            "Location", ROOT + "/runs/" + run.config().name())))));
        });
    }

    private Route removal(String run) {
        return body(
                MOST_COMMAND_BYTES,
                List.of(),
                none -> found(
                        run,
                        entry -> slowly(() -> answered(requireIdle(run)
                                .thenCompose(idle -> runs.remove(entry))
                                .thenApply(removal -> response(JSON.createObjectNode()
                                        .put("run", run)
                                        .put("bytes", removal.bytes())
                                        .set(
                                                "left",
                                                JSON.valueToTree(removal.left().stream()
                                                        .map(Path::toString)
                                                        .toList()))))))));
    }

    /** Who still works for a run, or lets go of it, may write into its folder. */
    private CompletionStage<Void> requireIdle(String run) {
        return workers.workers().thenAccept(all -> {
            Optional<WorkerView> busy = all.stream()
                    .filter(worker -> worker.run().equals(Optional.of(run)))
                    .findFirst();
            if (busy.isPresent()) {
                throw new UserError("worker " + busy.get().name() + " is still at work on run " + run
                        + ": cancel the run, and remove it when the worker has let go, which takes it a step or two");
            }
        });
    }

    private Route command(String run, Function<ActorRef<StatusReply<RunStatus>>, RunCommand> command) {
        return body(MOST_COMMAND_BYTES, List.of(), none -> commanded(run, command));
    }

    private Route retry(String run) {
        return body(MOST_COMMAND_BYTES, List.of("stage", "from"), json -> {
            Optional<Stage> stage = StageWord.parse(json.path("stage").asText());
            JsonNode from = json.path("from");
            if (stage.isEmpty()) {
                return complete(Problem.badRequest("stage: must be one of " + StageWord.ALL)
                        .response());
            } else if (!from.isMissingNode()
                    && !(from.canConvertToInt() && from.isIntegralNumber() && from.asInt() > 0)) {
                return complete(Problem.badRequest("from: must be the number of a student version")
                        .response());
            }
            OptionalInt version = from.isMissingNode() ? OptionalInt.empty() : OptionalInt.of(from.asInt());
            return commanded(run, replyTo -> new RunCommand.Retry(stage.get(), version, replyTo));
        });
    }

    private Route commanded(String run, Function<ActorRef<StatusReply<RunStatus>>, RunCommand> command) {
        return found(
                run, entry -> slowly(() -> answered(runs.command(entry, command).thenApply(HttpApi::json))));
    }

    /** Gives a run time to answer. */
    private Route slowly(Inner inner) {
        return withRequestTimeout(COMMAND_TIMEOUT, inner::route);
    }

    /** The run of that name, or the names that may have been meant. */
    private Route found(String run, Function<RunEntry, Route> then) {
        return onComplete(runs.find(run), found -> {
            if (found.isFailure()) {
                return complete(Failures.response(found.failed().get()));
            }
            return found.get()
                    .run()
                    .map(then)
                    .orElseGet(() -> complete(
                            Failures.unknown(run, found.get().similar()).response()));
        });
    }

    /** A JSON object of these fields and no others. */
    private Route body(int mostBytes, List<String> fields, Function<JsonNode, Route> then) {
        return extractRequestEntity(entity ->
                onComplete(() -> entity.withSizeLimit(mostBytes).toStrict(BODY_TIMEOUT.toMillis(), system), read -> {
                    if (read.isFailure()) {
                        return complete(RequestBody.refusal(read.failed().get()).response());
                    }
                    Optional<JsonNode> json =
                            RequestBody.parse(read.get().getData().toArray());
                    if (json.isEmpty()) {
                        return complete(
                                Problem.badRequest("the body is no JSON object").response());
                    }
                    Optional<String> unknown = RequestBody.unknownField(json.get(), fields);
                    return unknown.isPresent()
                            ? complete(Problem.badRequest(unknown.get()).response())
                            : then.apply(json.get());
                }));
    }

    private Route number(
            String name, Optional<String> given, int least, int most, int usual, Function<Integer, Route> then) {
        String text = given.orElse(Integer.toString(usual));
        int value = text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : -1;
        return value >= least && value <= most
                ? then.apply(value)
                : complete(Problem.badRequest(name + ": must be a number from " + least + " to " + most)
                        .response());
    }

    private Route answered(CompletionStage<HttpResponse> response) {
        return completeWithFuture(response.exceptionally(Failures::response));
    }

    private static HttpResponse json(RunStatus status) {
        return response(read(status));
    }

    private static HttpResponse json(RunList list) {
        ObjectNode json = JSON.createObjectNode();
        ArrayNode array = json.putArray("runs");
        for (RunEntry run : list.runs()) {
            array.addObject()
                    .put("run", run.run())
                    .put("state", run.state())
                    .put("stage", run.stage().isEmpty() ? null : run.stage())
                    .put("directory", run.directory())
                    .put("submitted", run.submitted().toString())
                    .put("waiting", run.waiting().orElse(null));
        }
        return response(json.put("more", list.more()));
    }

    private static HttpResponse json(List<WorkerView> workers) {
        ObjectNode json = JSON.createObjectNode();
        ArrayNode array = json.putArray("workers");
        for (WorkerView worker : workers) {
            array.addObject()
                    .put("name", worker.name())
                    .put("state", worker.run().isPresent() ? "BUSY" : "IDLE")
                    .put("run", worker.run().orElse(null))
                    .put("stage", worker.stage().orElse(null))
                    .put("device", worker.device())
                    .put("processors", worker.processors())
                    .put("memory-bytes", worker.memoryBytes())
                    .put("version", worker.version())
                    .put("heard", worker.heard().toString());
        }
        return response(json);
    }

    private static JsonNode read(RunStatus status) {
        try {
            return JSON.readTree(status.manifest());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a run answered with a manifest that is no JSON", e);
        }
    }

    private static HttpResponse response(JsonNode json) {
        return HttpResponse.create().withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, json.toString()));
    }
}
