using MetricsGrains.Dashboard.Alerting;

namespace MetricsGrains.Dashboard.Tests.Alerting;

public class ImportAnswerTests
{
    [Theory]
    [InlineData("""{"status":"success","data":{"created":2,"updated":["a"],"unchanged":0,"by":"x"}}""", true, "Imported: 2 created, 1 updated, 0 unchanged.", 0)]
    [InlineData("""{"status":"success"}""", true, "Imported.", 0)]
    [InlineData("""{"status":"error","error":"line 3: no such field","problems":[{"field":"rules[0].threshold","message":"must be a number"}]}""", false, "Nothing was imported:", 1)]
    [InlineData("""{"status":"error","error":"line 3: not YAML"}""", false, "Nothing was imported: line 3: not YAML", 0)]
    [InlineData("""[1]""", false, "Nothing is known of the import: the answer can't be read.", 0)]
    [InlineData("<html>502", false, "Nothing is known of the import: the answer can't be read.", 0)]
    public void Parse_Answers_AreSaidInWords(string json, bool done, string summary, int problems)
    {
        var answer = ImportAnswer.Parse(json);
        Assert.Equal((done, summary, problems), (answer.IsDone, answer.Summary, answer.Problems.Count));
    }
}
