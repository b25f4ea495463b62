package dev.espalier.coordinator.feed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.NewsBatch;
import dev.espalier.protocol.NewsId;
import dev.espalier.protocol.RunNews;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BacklogTest {
    private final Backlog backlog = new Backlog(3);

    @Test
    void aNewWatcherGetsAllThatIsKept() {
        tell(1, 1, 2, 3, 4);
        assertThat(backlog.after(NewsId.START)).satisfies(batch -> {
            assertThat(numbers(batch)).containsExactly("1-2", "1-3", "1-4");
            assertThat(batch.missed()).isFalse();
        });
    }

    @Test
    void aWatcherThatComesBackGetsTheRest() {
        tell(1, 1, 2, 3, 4);
        assertThat(numbers(backlog.after(new NewsId(1, 3)))).containsExactly("1-4");
        NewsBatch all = backlog.after(new NewsId(1, 1));
        assertThat(numbers(all)).containsExactly("1-2", "1-3", "1-4");
        assertThat(all.missed()).as("what came right after is still kept").isFalse();
        assertThat(backlog.after(new NewsId(1, 4)).news()).isEmpty();
    }

    @Test
    void aWatcherThatWasAwayTooLongIsToldSo() {
        tell(1, 1, 2, 3, 4, 5);
        NewsBatch batch = backlog.after(new NewsId(1, 1));
        assertThat(batch.missed()).isTrue();
        assertThat(numbers(batch)).containsExactly("1-3", "1-4", "1-5");
    }

    @Test
    void aWatcherOfAnotherLifeOfTheFeedIsToldSoAndMayGoOn() {
        NewsBatch batch = backlog.after(new NewsId(7, 20));
        assertThat(batch.missed()).isTrue();
        assertThat(backlog.after(batch.last()).missed()).isFalse();
    }

    @Test
    void newsThatNeverArrivedAreNamedAsMissed() {
        tell(1, 1, 4);
        assertThat(backlog.after(new NewsId(1, 1)).news())
                .extracting(RunNews::kind)
                .containsExactly("missed", "stage");
    }

    @Test
    void aRunThatBeginsToTellAnewIsFollowedAndItsFormerLifeIsNot() {
        tell(1, 1, 2);
        tell(5, 1);
        tell(1, 3);
        assertThat(numbers(backlog.after(new NewsId(1, 2)))).containsExactly("5-1");
    }

    @Test
    void aRunThatBeginsToTellAnewIsFollowedAlsoAfterItsClockWasSetBack() {
        tell(9, 1, 2);
        tell(5, 1, 2);
        tell(9, 3);
        assertThat(numbers(backlog.after(new NewsId(9, 2)))).containsExactly("5-1", "5-2");
    }

    @Test
    void nothingIsLeftOfARunThatWasRemovedForOneThatGetsItsName() {
        tell(1, 1, 2);
        tell(4, 1, 2);
        backlog.forget();
        assertThat(backlog.last()).isEqualTo(NewsId.START);
        assertThat(backlog.after(NewsId.START).news()).isEmpty();
        tell(4, 2, 3, 4);
        assertThat(numbers(backlog.after(NewsId.START))).containsExactly("4-3", "4-4");
        assertThat(numbers(backlog.after(new NewsId(4, 3)))).containsExactly("4-4");
        assertThat(backlog.after(NewsId.START).missed()).isFalse();
    }

    @Test
    void whoWatchedARunThatWasRemovedIsToldSoWhateverHasItsNameNow() {
        tell(1, 1);
        tell(4, 1, 2);
        backlog.forget();
        tell(4, 3);
        tell(8, 1, 2);
        for (NewsId old : List.of(new NewsId(1, 1), new NewsId(4, 1), new NewsId(4, 2))) {
            assertThat(backlog.after(old).removed()).as(old.toString()).isTrue();
            assertThat(backlog.after(old).news()).as(old.toString()).isEmpty();
        }
        assertThat(backlog.after(new NewsId(4, 3)).removed()).isFalse();
        assertThat(numbers(backlog.after(new NewsId(4, 3)))).containsExactly("8-1", "8-2");
    }

    @Test
    void aBatchFitsAMessage() {
        Backlog large = new Backlog(100);
        for (int i = 1; i <= 100; i++) {
            large.add(new RunNews(new NewsId(1, i), "stage", "x".repeat(2000)));
        }
        List<RunNews> read = new ArrayList<>();
        NewsId at = NewsId.START;
        for (NewsBatch batch = large.after(at); !batch.news().isEmpty(); batch = large.after(at)) {
            assertThat(batch.news().stream()
                            .mapToInt(news -> news.data().length())
                            .sum())
                    .isLessThan(40_000);
            read.addAll(batch.news());
            at = batch.last();
        }
        assertThat(read).hasSize(100).doesNotHaveDuplicates();
    }

    @Property(tries = 200)
    void whoeverAsksOftenEnoughMissesNothing(@ForAll @IntRange(min = 1, max = 3) int pace) {
        Backlog kept = new Backlog(3);
        NewsId at = NewsId.START;
        List<String> heard = new ArrayList<>();
        for (int i = 1; i <= 30; i++) {
            kept.add(new RunNews(new NewsId(9, i), "stage", "{}"));
            if (i % pace == 0) {
                NewsBatch batch = kept.after(at);
                assertThat(batch.missed()).isFalse();
                heard.addAll(numbers(batch));
                at = batch.last();
            }
        }
        assertThat(heard).hasSize(30 - 30 % pace).doesNotHaveDuplicates();
    }

    private void tell(long epoch, int... numbers) {
        for (int number : numbers) {
            backlog.add(new RunNews(new NewsId(epoch, number), "stage", "{}"));
        }
    }

    private static List<String> numbers(NewsBatch batch) {
        return batch.news().stream().map(news -> news.id().toString()).toList();
    }
}
