package dev.espalier.coordinator.folder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResultCheckTest {
    private static final Work MEASURING =
            Work.once(Work.Kind.MEASURE, "references", Work.Reads.NOTHING, Optional.empty());

    @Test
    void sharesFollowFromNoLossThatIsNoNumber() {
        assertThat(fault("{\"domains\": [{\"loss\": 2.5, \"sequences\": 100}]}"))
                .isEmpty();
        assertThat(fault("{\"domains\": [{\"loss\": \"NaN\", \"sequences\": 100}]}"))
                .hasValueSatisfying(fault -> assertThat(fault).contains("a domain's loss that is no number"));
    }

    @Test
    void whatIsNoObjectOrEmptyWasNotMeasured() {
        assertThat(fault("[1]")).contains("the worker's measurements are no JSON object");
        assertThat(fault("{}")).contains("the worker measured nothing");
    }

    private static Optional<String> fault(String measurements) {
        AssignmentKey key = new AssignmentKey("pear", Stage.PRUNE, 1, 1);
        return ResultCheck.fault(MEASURING, new WorkResult(key, Optional.empty(), 0, List.of(), measurements));
    }
}
