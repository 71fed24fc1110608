/**
 * Google Sheets: Extensions › Apps Script, paste this, set PARLEY_URL and PARLEY_TOKEN under Project Settings › Script properties,
 * then run `refresh`, or let a trigger run it every Monday. Google's servers must reach your Parley: only behind TLS, with a token to read.
 */
function refresh() {
  const set = PropertiesService.getScriptProperties().getProperties();
  const answer = UrlFetchApp.fetch(set.PARLEY_URL + '/api/v1/reports/trends?kind=objection', {
    headers: { Authorization: 'Bearer ' + set.PARLEY_TOKEN, Accept: 'application/json' },
  });
  const report = JSON.parse(answer.getContentText());
  const rows = report.rows.map((row) => [
    row.theme, row.verdict, row.current.numerator, row.current.denominator, row.current.share, row.current.low, row.current.high,
    row.previous.numerator, row.previous.denominator, set.PARLEY_URL + '/themes/' + row.theme_id,
  ]);
  const heads = ['Theme', 'Verdict', 'Now', 'of', 'Share', 'Low', 'High', 'Before', 'of', 'Quotes'];
  const book = SpreadsheetApp.getActive();
  const sheet = book.getSheetByName('Parley') || book.insertSheet('Parley');
  sheet.clearContents();
  sheet.getRange(1, 1, 1, heads.length).setValues([heads]);
  if (rows.length) sheet.getRange(2, 1, rows.length, heads.length).setValues(rows);
}
