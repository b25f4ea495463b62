/** What text and weights tell about units before anything is trained: {@link dev.espalier.worker.calibration.Metric}. */
package dev.espalier.worker.calibration;
