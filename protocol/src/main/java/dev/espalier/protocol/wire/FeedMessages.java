package dev.espalier.protocol.wire;

import dev.espalier.protocol.FeedCommand;
import dev.espalier.protocol.NewsBatch;
import dev.espalier.protocol.NewsId;
import dev.espalier.protocol.RunNews;
import java.util.List;

/** What goes to a run's feed and comes from it. */
final class FeedMessages {
    private FeedMessages() {}

    static List<WireType<?>> types(WireActorRefs refs) {
        return List.of(
                new WireType<>(
                        "feed-publish",
                        FeedCommand.Publish.class,
                        m -> Wire.FeedPublish.newBuilder()
                                .setNews(write(m.news()))
                                .build(),
                        bytes -> new FeedCommand.Publish(
                                read(Wire.FeedPublish.parseFrom(bytes).getNews()))),
                new WireType<>(
                        "feed-fetch",
                        FeedCommand.Fetch.class,
                        m -> Wire.FeedFetch.newBuilder()
                                .setAfter(write(m.after()))
                                .setReplyTo(refs.write(m.replyTo()))
                                .build(),
                        bytes -> {
                            Wire.FeedFetch m = Wire.FeedFetch.parseFrom(bytes);
                            return new FeedCommand.Fetch(read(m.getAfter()), refs.read(m.getReplyTo()));
                        }),
                new WireType<>(
                        "feed-get-last",
                        FeedCommand.GetLast.class,
                        m -> Wire.FeedGetLast.newBuilder()
                                .setReplyTo(refs.write(m.replyTo()))
                                .build(),
                        bytes -> new FeedCommand.GetLast(
                                refs.read(Wire.FeedGetLast.parseFrom(bytes).getReplyTo()))),
                new WireType<>(
                        "feed-forget",
                        FeedCommand.Forget.class,
                        m -> Wire.FeedForget.newBuilder()
                                .setReplyTo(refs.write(m.replyTo()))
                                .build(),
                        bytes -> new FeedCommand.Forget(
                                refs.read(Wire.FeedForget.parseFrom(bytes).getReplyTo()))),
                new WireType<>(
                        "news-batch",
                        NewsBatch.class,
                        m -> Wire.NewsBatch.newBuilder()
                                .addAllNews(m.news().stream()
                                        .map(FeedMessages::write)
                                        .toList())
                                .setMissed(m.missed())
                                .setRemoved(m.removed())
                                .setLast(write(m.last()))
                                .build(),
                        bytes -> {
                            Wire.NewsBatch m = Wire.NewsBatch.parseFrom(bytes);
                            return new NewsBatch(
                                    m.getNewsList().stream()
                                            .map(FeedMessages::read)
                                            .toList(),
                                    m.getMissed(),
                                    m.getRemoved(),
                                    read(m.getLast()));
                        }));
    }

    private static Wire.NewsId write(NewsId id) {
        return Wire.NewsId.newBuilder()
                .setEpoch(id.epoch())
                .setNumber(id.number())
                .build();
    }

    private static NewsId read(Wire.NewsId id) {
        return new NewsId(id.getEpoch(), id.getNumber());
    }

    private static Wire.RunNews write(RunNews news) {
        return Wire.RunNews.newBuilder()
                .setId(write(news.id()))
                .setKind(news.kind())
                .setData(news.data())
                .build();
    }

    private static RunNews read(Wire.RunNews news) {
        return new RunNews(read(news.getId()), news.getKind(), news.getData());
    }
}
