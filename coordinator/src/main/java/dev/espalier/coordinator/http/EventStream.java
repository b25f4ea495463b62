package dev.espalier.coordinator.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.feed.NewsKind;
import dev.espalier.coordinator.feed.RunFeed;
import dev.espalier.coordinator.register.RunGateway;
import dev.espalier.protocol.FeedCommand;
import dev.espalier.protocol.NewsBatch;
import dev.espalier.protocol.NewsId;
import dev.espalier.protocol.RunNews;
import dev.espalier.protocol.RunStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.NotUsed;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;
import org.apache.pekko.http.javadsl.model.sse.ServerSentEvent;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Source;

/**
 * A run's news as server-sent events. The stream asks the feed for more only when the watcher has taken what there
 * was, so a slow watcher costs nothing but its connection. It ends when the run is removed.
 */
final class EventStream {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Longer than the feed takes to answer when there is no news. */
    private static final Duration ANSWER = Duration.ofSeconds(30);

    private static final Duration HEARTBEAT = Duration.ofSeconds(10);
    private static final int RECONNECT_MILLIS = 2000;

    private final ClusterSharding sharding;
    private final RunGateway runs;

    EventStream(ClusterSharding sharding, RunGateway runs) {
        this.sharding = sharding;
        this.runs = runs;
    }

    /**
     * What a new watcher gets: first the status, then the news that are still kept, then what happens.
     *
     * @param fromNow leaves out what has happened already
     */
    Source<ServerSentEvent, NotUsed> opened(String run, boolean fromNow) {
        EntityRef<FeedCommand> feed = feed(run);
        // The feed's position is taken first: what happens before the status is told twice rather than never.
        CompletionStage<NewsId> start = fromNow
                ? feed.ask(FeedCommand.GetLast::new, ANSWER).thenApply(NewsBatch::last)
                : CompletableFuture.completedFuture(NewsId.START);
        return Source.completionStageSource(
                        start.thenCombine(runs.status(run), (after, status) -> Source.single(status(status, after))
                                .concat(after(run, after))))
                .mapMaterializedValue(ignored -> NotUsed.getInstance());
    }

    /** What a watcher gets who was here before: all since then, or the word that something was missed. */
    Source<ServerSentEvent, NotUsed> resumed(String run, NewsId after) {
        return after(run, after);
    }

    /** Keeps the connection alive while nothing happens. */
    static Source<ServerSentEvent, NotUsed> withHeartbeat(Source<ServerSentEvent, NotUsed> events) {
        return events.keepAlive(HEARTBEAT, ServerSentEvent::heartbeat);
    }

    private Source<ServerSentEvent, NotUsed> after(String run, NewsId start) {
        EntityRef<FeedCommand> feed = feed(run);
        return Source.unfoldAsync(Optional.of(start), position -> next(run, feed, position))
                .mapConcat(events -> events);
    }

    /** Empty after the last word about a run that was removed. */
    private CompletionStage<Optional<Pair<Optional<NewsId>, List<ServerSentEvent>>>> next(
            String run, EntityRef<FeedCommand> feed, Optional<NewsId> position) {
        if (position.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        return fetch(feed, position.get()).thenCompose(batch -> events(run, batch)
                .thenApply(events ->
                        Optional.of(Pair.create(Optional.of(batch.last()).filter(last -> !batch.removed()), events))));
    }

    private static CompletionStage<NewsBatch> fetch(EntityRef<FeedCommand> feed, NewsId position) {
        return feed.<NewsBatch>ask(replyTo -> new FeedCommand.Fetch(position, replyTo), ANSWER)
                .exceptionally(failure -> {
                    // The feed is moving to another node: asked again, it will be there.
                    if (failure instanceof TimeoutException || failure.getCause() instanceof TimeoutException) {
                        return new NewsBatch(List.of(), false, false, position);
                    }
                    throw new CompletionException(failure);
                });
    }

    private CompletionStage<List<ServerSentEvent>> events(String run, NewsBatch batch) {
        List<ServerSentEvent> news =
                batch.news().stream().map(EventStream::event).toList();
        if (batch.removed()) {
            return CompletableFuture.completedFuture(List.of(ServerSentEvent.create("{}", NewsKind.REMOVED.word())));
        }
        if (!batch.missed()) {
            return CompletableFuture.completedFuture(news);
        }
        return runs.status(run).thenApply(status -> {
            List<ServerSentEvent> events = new ArrayList<>();
            events.add(ServerSentEvent.create("{}", NewsKind.MISSED.word()));
            events.add(status(status, NewsId.START));
            events.addAll(news);
            return events;
        });
    }

    private static ServerSentEvent event(RunNews news) {
        return ServerSentEvent.create(news.data(), news.kind(), news.id().toString());
    }

    private static ServerSentEvent status(RunStatus status, NewsId at) {
        return ServerSentEvent.create(
                oneLine(status.manifest()),
                Optional.of(NewsKind.STATUS.word()),
                at.equals(NewsId.START) ? Optional.empty() : Optional.of(at.toString()),
                OptionalInt.of(RECONNECT_MILLIS));
    }

    private static String oneLine(String json) {
        try {
            return JSON.readTree(json).toString();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a run answered with a manifest that is no JSON", e);
        }
    }

    private EntityRef<FeedCommand> feed(String run) {
        return sharding.entityRefFor(RunFeed.TYPE, run);
    }
}
