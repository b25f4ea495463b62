package dev.espalier.worker.data.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;

class GroupValuesTest {
    private static final long MEBIBYTE = 1 << 20;

    /** As a dictionary gives them: the text is in memory once until a row is made of it. */
    @Test
    void aRowOfManyReferencesToOneTextIsRefusedBeforeItIsMade() throws IOException {
        assertThat(new GroupValues(new TextBound(MEBIBYTE, MEBIBYTE))
                        .object(row(8))
                        .path("text"))
                .hasSize(8);
        assertThatThrownBy(() -> new GroupValues(new TextBound(MEBIBYTE, MEBIBYTE)).object(row(1 << 24)))
                .isInstanceOf(IOException.class)
                .hasMessage("it is longer than 1 MiB; split that document");
    }

    @Test
    void rowsThatAreSmallAreCountedTogetherAgainstTheFile() throws IOException {
        TextBound bound = new TextBound(MEBIBYTE / 100, MEBIBYTE);
        assertThatThrownBy(() -> {
                    for (int row = 0; row < 100; row++) {
                        bound.nextRow();
                        new GroupValues(bound).object(row(8));
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageContaining("more than 200 times as large as the file");
    }

    private static Group row(int texts) {
        Binary text = Binary.fromConstantByteArray(new byte[1 << 16]);
        return new SimpleGroup(MessageTypeParser.parseMessageType("message m { repeated binary text (STRING); }")) {
            @Override
            public int getFieldRepetitionCount(int field) {
                return texts;
            }

            @Override
            public Binary getBinary(int field, int index) {
                return text;
            }
        };
    }
}
