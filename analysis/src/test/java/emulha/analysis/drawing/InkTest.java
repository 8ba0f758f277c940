package emulha.analysis.drawing;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import de.rototor.pdfbox.graphics2d.PdfBoxGraphics2D;
import java.io.IOException;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.junit.jupiter.api.Test;

final class InkTest {
  /**
   * Where memory was collected before a PDF was done, its drawing ended, and the report with it.
   */
  @Test
  @SuppressWarnings("removal")
  void theContextBehindOutlivesIt() throws IOException {
    try (var document = new PDDocument()) {
      var behind = new PdfBoxGraphics2D(document, 10, 10);
      new Ink(behind).finalize();
      behind.dispose();
      assertNotNull(behind.getXFormObject());
    }
  }
}
