package dev.espalier.protocol.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.LongStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;

class DomainScheduleTest {
    @Property(tries = 200)
    void everyDomainGetsItsShareAndIsCountedWithoutGaps(
            @ForAll @Size(min = 1, max = 5) List<@DoubleRange(min = 0.01, max = 10) Double> weights) {
        double total = weights.stream().mapToDouble(weight -> weight).sum();
        DomainSchedule schedule = new DomainSchedule(weights);
        long[] seen = new long[weights.size()];
        for (long i = 0; i < 2000; i++) {
            DomainSchedule.Place place = schedule.at(i);
            assertThat(schedule.before(i)).isEqualTo(seen);
            assertThat(place.index()).isEqualTo(seen[place.domain()]++);
        }
        for (int domain = 0; domain < seen.length; domain++) {
            assertThat((double) seen[domain]).isCloseTo(2000 * weights.get(domain) / total, within(5.0));
        }
    }

    @Example
    void theLastIndexIsStillExact() {
        DomainSchedule schedule = new DomainSchedule(List.of(1.0, 3.0));
        long last = DomainSchedule.MAX_INDEX - 1;
        assertThat(schedule.at(last)).isEqualTo(new DomainSchedule.Place(0, last / 4));
        assertThat(LongStream.range(last - 3, last).map(i -> schedule.at(i).domain()))
                .containsOnly(1L);
    }
}
