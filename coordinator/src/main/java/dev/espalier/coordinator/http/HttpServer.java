package dev.espalier.coordinator.http;

import com.typesafe.config.Config;
import dev.espalier.protocol.UserError;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.http.javadsl.ConnectionContext;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.IncomingConnection;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.ServerBuilder;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.ExceptionHandler;
import org.apache.pekko.http.javadsl.server.RejectionHandler;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.http.scaladsl.model.IllegalRequestException;
import org.apache.pekko.stream.ActorMaterializer;
import org.apache.pekko.stream.ActorMaterializerSettings;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import scala.jdk.javaapi.DurationConverters;

/**
 * What all routes of a node have in common: the port, the guard at the door, and the form of errors. Connections have
 * threads of their own, on which nothing waits: {@link HealthAnswers} come from there, all else from the threads that actors
 * have, so that the former go on when the latter are all taken.
 */
public final class HttpServer extends AllDirectives {
    private static final List<HttpHeader> HEADERS = List.of(
            RawHeader.create("X-Content-Type-Options", "nosniff"),
            RawHeader.create("Referrer-Policy", "no-referrer"),
            RawHeader.create("Cross-Origin-Resource-Policy", "same-origin"));

    /** A connection is idle while its command waits: it must outlive the longest wait, or nobody is left to answer. */
    private static final Duration IDLE_TIMEOUT = HttpApi.COMMAND_TIMEOUT.plusMinutes(1);

    private static final String KEYS = "espalier.http";

    /** Of connections, and of what is answered without a wait. */
    static final String DISPATCHER = KEYS + ".dispatcher";

    private final ActorSystem<?> system;
    private final Access access;

    private HttpServer(ActorSystem<?> system, Access access) {
        this.system = system;
        this.access = access;
    }

    /** {@link #start(ActorSystem, HttpSettings, Optional, Route...)} for a process that machines ask elsewhere. */
    public static CompletionStage<ServerBinding> start(ActorSystem<?> system, HttpSettings settings, Route... routes) {
        return start(system, settings, Optional.empty(), routes);
    }

    /**
     * Listens until the system terminates.
     *
     * @param health asked before the routes
     * @param routes asked in turn
     * @return fails with {@link java.net.BindException} as cause if the port is taken
     */
    public static CompletionStage<ServerBinding> start(
            ActorSystem<?> system, HttpSettings settings, Optional<HealthAnswers> health, Route... routes) {
        HttpServer server = new HttpServer(system, new Access(settings));
        Function<HttpRequest, CompletionStage<HttpResponse>> answers = server.answers(health, server.guarded(routes));
        ServerBuilder builder = Http.get(Adapter.toClassic(system))
                .newServerAt(settings.host(), settings.port())
                .adaptSettings(HttpServer::patient);
        Config limits = system.settings().config().getConfig(KEYS);
        Peers peers = new Peers(limits.getInt("connections-per-peer"), limits.getInt("connections"));
        Duration deadline = limits.getDuration("header-deadline");
        Materializer connections = connections(system);
        return settings.tls()
                .map(context -> builder.enableHttps(ConnectionContext.httpsServer(context)))
                .orElse(builder)
                .connectionSource()
                .to(Sink.foreach(connection -> serve(connections, connection, peers, deadline, answers)))
                .run(connections);
    }

    private static void serve(
            Materializer connections,
            IncomingConnection connection,
            Peers peers,
            Duration deadline,
            Function<HttpRequest, CompletionStage<HttpResponse>> answers) {
        InetAddress peer = connection.remoteAddress().getAddress();
        if (!peers.enter(peer)) {
            connection.handleWith(Flow.fromSinkAndSource(Sink.cancelled(), Source.<HttpResponse>empty()), connections);
            return;
        }
        connection.handleWith(
                Flow.of(HttpRequest.class)
                        .initialTimeout(deadline)
                        .onErrorComplete(TimeoutException.class)
                        .mapAsync(1, answers::apply)
                        .watchTermination((used, done) -> {
                            done.whenComplete((end, failure) -> peers.leave(peer));
                            return used;
                        }),
                connections);
    }

    /** Runs all of a connection, its timers too, on their threads; attributes of a graph leave its outermost stages out. */
    @SuppressWarnings("deprecation")
    private static Materializer connections(ActorSystem<?> system) {
        var classic = Adapter.toClassic(system);
        return ActorMaterializer.create(
                ActorMaterializerSettings.create(classic).withDispatcher(DISPATCHER), classic);
    }

    private Function<HttpRequest, CompletionStage<HttpResponse>> answers(Optional<HealthAnswers> health, Route routes) {
        var handler = routes.handler(system);
        Executor actors = system.dispatchers().lookup(DispatcherSelector.defaultDispatcher());
        Function<HttpRequest, CompletionStage<HttpResponse>> others = request -> {
            try {
                return handler.apply(request);
            } catch (Exception e) {
                return CompletableFuture.failedFuture(e);
            }
        };
        return request -> health.filter(asked -> access.refusal(request).isEmpty())
                .flatMap(asked -> asked.to(request))
                .map(answer -> answer.thenApply(response -> response.addHeaders(HEADERS)))
                .orElseGet(() -> CompletableFuture.supplyAsync(() -> others.apply(request), actors)
                        .thenCompose(answer -> answer));
    }

    private static ServerSettings patient(ServerSettings settings) {
        return settings.withTimeouts(settings.getTimeouts().withIdleTimeout(DurationConverters.toScala(IDLE_TIMEOUT)));
    }

    /** The address that people type. */
    public static String address(HttpSettings settings, ServerBinding binding) {
        return settings.scheme()
                + (binding.localAddress().getAddress().isAnyLocalAddress()
                        ? "127.0.0.1"
                        : binding.localAddress().getHostString())
                + ":" + binding.localAddress().getPort();
    }

    private Route guarded(Route... routes) {
        Route open = extractRequest(request -> access.refusal(request)
                .map(refused -> complete(refused))
                .orElseGet(() -> routes.length == 1 ? routes[0] : concat(routes[0], rest(routes))));
        return respondWithDefaultHeaders(HEADERS, () -> open.seal(rejections(), exceptions()));
    }

    private static Route[] rest(Route... routes) {
        return Arrays.copyOfRange(routes, 1, routes.length);
    }

    /** The library's own words, in the form of a problem. */
    private static RejectionHandler rejections() {
        return RejectionHandler.defaultHandler().mapRejectionResponse(response -> {
            String detail = response.entity() instanceof HttpEntity.Strict text
                    ? text.getData().utf8String()
                    : response.status().reason();
            HttpResponse problem = new Problem(response.status(), "rejected", detail).response();
            return problem.addHeaders(response.getHeaders());
        });
    }

    private ExceptionHandler exceptions() {
        return ExceptionHandler.newBuilder()
                .match(EntityStreamSizeException.class, e -> refused(StatusCodes.CONTENT_TOO_LARGE, e))
                .match(IllegalRequestException.class, e -> refused(e.status(), e))
                .match(
                        UserError.class,
                        e -> complete(new Problem(StatusCodes.UNPROCESSABLE_CONTENT, "wrong-input", e.getMessage())
                                .response()))
                .matchAny(e -> {
                    system.log().error("a request could not be answered", e);
                    return complete(new Problem(
                                    StatusCodes.INTERNAL_SERVER_ERROR,
                                    "internal",
                                    "the coordinator failed to answer: its log tells why")
                            .response());
                })
                .build();
    }

    private Route refused(StatusCode status, Throwable e) {
        String detail = Optional.ofNullable(e.getMessage()).orElse(status.reason());
        return complete(new Problem(status, "rejected", detail).response());
    }
}
