/** Texts in Parquet files (github.com/apache/parquet-format): the file's structure read here, its values by parquet-column. */
package dev.espalier.worker.data.parquet;
