package dev.espalier.coordinator.feed;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.coordinator.folder.KeptFormat;
import dev.espalier.coordinator.folder.StepLine;
import dev.espalier.coordinator.folder.StepLineFormat;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.protocol.FeedCommand;
import dev.espalier.protocol.KeptShares;
import dev.espalier.protocol.NewsId;
import dev.espalier.protocol.RunNews;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;

/**
 * Tells a run's feed what the run does. Steps and progress are thinned out, since people cannot read faster and the
 * metrics have them all; the last of them is always told before anything else is. Never waits.
 */
public final class FeedListener implements RunListener {
    private static final Duration INTERVAL = Duration.ofMillis(100);
    private static final Duration KEPT_INTERVAL = Duration.ofSeconds(1);
    private static final int MOST_CAUSE = 2000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Consumer<FeedCommand> feed;
    private final long epoch;
    private long number;
    private long thinnedAt;
    private long keptAt;

    /** The latest step or progress that was not told. */
    private Optional<Supplier<Told>> held = Optional.empty();

    private record Told(NewsKind kind, String data) {}

    /** @param nanos a clock that nobody sets */
    FeedListener(InstantSource clock, LongSupplier nanos, Consumer<FeedCommand> feed) {
        this.clock = clock;
        this.nanos = nanos;
        this.feed = feed;
        epoch = clock.millis();
        thinnedAt = nanos.getAsLong() - INTERVAL.toNanos();
        keptAt = nanos.getAsLong() - KEPT_INTERVAL.toNanos();
    }

    /** For one incarnation of the run's entity. */
    public static FeedListener of(ActorSystem<?> system, String run) {
        EntityRef<FeedCommand> feed = ClusterSharding.get(system).entityRefFor(RunFeed.TYPE, run);
        return new FeedListener(InstantSource.system(), System::nanoTime, feed::tell);
    }

    @Override
    public void stageChanged(Stage stage, StageState state, String cause) {
        // What another stage's gates keep does not wait for what this one's kept.
        keptAt = nanos.getAsLong() - KEPT_INTERVAL.toNanos();
        tell(
                NewsKind.STAGE,
                timed().put("stage", stage.word()).put("state", state.name()).put("cause", orNull(cause)));
    }

    @Override
    public void stepped(StepMetrics metrics) {
        Instant at = now();
        metrics.kept().ifPresent(kept -> keeps(metrics, kept));
        thin(() -> new Told(NewsKind.STEP, StepLineFormat.write(new StepLine(at, metrics))));
    }

    private void keeps(StepMetrics metrics, KeptShares kept) {
        long now = nanos.getAsLong();
        if (now - keptAt < KEPT_INTERVAL.toNanos()) {
            return;
        }
        keptAt = now;
        ObjectNode json = timed().put("stage", metrics.stage().word()).put("step", metrics.step());
        json.setAll(KeptFormat.json(kept));
        tell(NewsKind.KEPT, json);
    }

    @Override
    public void progressed(Stage stage, long done, long total, String what) {
        ObjectNode progress = timed().put("stage", stage.word())
                .put("done", done)
                .put("total", total)
                .put("what", what);
        thin(() -> new Told(NewsKind.PROGRESS, progress.toString()));
    }

    @Override
    public void waits(Optional<String> waiting) {
        tell(NewsKind.WAITING, timed().put("waiting", waiting.orElse(null)));
    }

    @Override
    public void attemptFailed(Stage stage, int attempt, String cause) {
        tell(
                NewsKind.ATTEMPT_FAILED,
                timed().put("stage", stage.word()).put("attempt", attempt).put("cause", cause));
    }

    @Override
    public void ended(RunOutcome outcome) {
        tell(
                NewsKind.ENDED,
                timed().put("state", outcome.phase().name())
                        .put("stage", outcome.failedStage().map(Stage::word).orElse(null))
                        .put("cause", orNull(outcome.cause()))
                        .put("permanent", outcome.permanent()));
    }

    @Override
    public void broken(Throwable cause) {
        tell(NewsKind.BROKEN, timed().put("cause", shortened(String.valueOf(cause.getMessage()))));
    }

    private void thin(Supplier<Told> news) {
        long now = nanos.getAsLong();
        if (now - thinnedAt < INTERVAL.toNanos()) {
            held = Optional.of(news);
            return;
        }
        thinnedAt = now;
        held = Optional.empty();
        publish(news.get());
    }

    private void tell(NewsKind kind, ObjectNode data) {
        held.ifPresent(last -> publish(last.get()));
        held = Optional.empty();
        publish(new Told(kind, data.toString()));
    }

    private void publish(Told told) {
        number++;
        feed.accept(new FeedCommand.Publish(
                new RunNews(new NewsId(epoch, number), told.kind().word(), told.data())));
    }

    private ObjectNode timed() {
        return JSON.createObjectNode().put("time", now().toString());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static String shortened(String cause) {
        return cause.length() <= MOST_CAUSE ? cause : cause.substring(0, MOST_CAUSE) + "...";
    }

    private static String orNull(String cause) {
        return cause.isEmpty() ? null : cause;
    }
}
