//! The page of `precedent matrix --format html`: what it looks up is what `precedent simulate` says,
//! no name is markup, and nothing comes from elsewhere. What its script does is checked in Chromium,
//! where that is installed.

use crate::cli::{precedent, scratch, text};
use crate::diff_html::{chromium, loaded};
use crate::generate::{plan, workspace};
use crate::laws::law;
use crate::support::{BUILTIN, startable};
use precedent::ir::Ir;
use precedent::matrix::Matrix;
use precedent::report::matrix::simulate::{self, Session};
use precedent::report::site;
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::sync::Arc;

fn page(ir: &Arc<Ir>) -> (Matrix, String) {
    let mut matrix = Matrix::new(ir);
    matrix.divide_by_deciders_of_start();
    let html = site::html(&matrix);
    (matrix, html)
}

fn data(html: &str) -> Value {
    let (_, data) = html.split_once("id=\"data\">").expect("data");
    let (data, _) = data.split_once("</script>").expect("the end of the data");
    let mut data: Value = serde_json::from_str(data).expect("JSON");
    let digits = data["digits"].as_str().expect("digits").to_owned();
    for (name, from) in [
        ("starts", 0),
        ("pairs", 0),
        ("cells", 0),
        ("checks", 0),
        ("check_lists", 0),
        ("roles", -1),
        ("accounts", 0),
    ] {
        let lists = data[name].as_array().expect("lists").iter();
        let numbers = lists.map(|list| unpacked(list.as_str().expect("a text"), &digits));
        let moved = |list: Vec<i64>| list.into_iter().map(|number| number + from).collect();
        data[name] = numbers.map(moved).collect::<Vec<Vec<i64>>>().into();
    }
    data
}

/// The numbers that a text stands for.
fn unpacked(text: &str, digits: &str) -> Vec<i64> {
    let base = digits.len() / 2;
    let mut numbers = Vec::new();
    let mut number = 0;
    for digit in text.chars() {
        let value = digits.find(digit).expect("a digit");
        number = number * base as i64 + (value % base) as i64;
        if value < base {
            numbers.push(std::mem::take(&mut number));
        }
    }
    numbers
}

/// The data of a page, looked up as its script does.
struct Lookup(Value);

impl Lookup {
    fn number(value: &Value) -> i64 {
        value.as_i64().expect("a number")
    }

    fn text(&self, number: &Value) -> String {
        match Lookup::number(number) {
            number if number < 0 => String::new(),
            number => self.0["texts"][number as usize].as_str().expect("a text").to_owned(),
        }
    }

    fn at<'v>(list: &'v Value, number: &Value) -> &'v Value {
        &list[Lookup::number(number) as usize]
    }

    fn start(&self, subject: &Value, endpoint: &Value) -> Value {
        let data = &self.0;
        if data["has_start"] == false {
            return Value::Null;
        }
        let place = &Lookup::at(&data["endpoint_classes"], &endpoint["class"])["place"];
        let of_class = Lookup::at(&data["starts"], &subject["class"]);
        let cell = Lookup::at(&data["start_cells"], Lookup::at(of_class, place));
        let [how, spot] = [0, 1].map(|part| &Lookup::at(&data["places"], place)[part]);
        let mut list: Vec<Value> = Vec::new();
        if Lookup::number(&subject["checks"]) >= 0 {
            let of_user = Lookup::at(&data["checks"], &subject["checks"]);
            let checks = Lookup::at(&data["check_lists"], Lookup::at(of_user, how));
            list.extend(checks.as_array().expect("a list").iter().cloned());
        }
        if Lookup::number(&subject["roles"]) >= 0 {
            let role = Lookup::at(Lookup::at(&data["roles"], &subject["roles"]), spot);
            list.extend((Lookup::number(role) >= 0).then(|| role.clone()));
        }
        let conditions = list.iter().map(|at| {
            let found = Lookup::at(&data["conditions"], at);
            let holds = [Value::Bool(false), Value::Bool(true), Value::Null];
            serde_json::json!({
                "condition": self.text(&found[0]),
                "holds": holds[Lookup::number(&found[1]) as usize],
                "value": self.text(&found[2]),
                "layer": self.text(&found[3]),
                "policy": self.text(&found[4]),
                "location": self.text(&found[5]),
            })
        });
        serde_json::json!({
            "value": self.text(&cell[0]),
            "layer": self.text(&cell[1]),
            "policy": self.text(&cell[2]),
            "location": self.text(&cell[3]),
            "conditions": conditions.collect::<Vec<_>>(),
        })
    }

    /// By permission: value and layer.
    fn cells(&self, subject: &Value, endpoint: &Value) -> Vec<[String; 2]> {
        let data = &self.0;
        let of_subject = Lookup::at(&data["subject_classes"], &subject["class"]);
        let of_endpoint = Lookup::at(&data["endpoint_classes"], &endpoint["class"]);
        let stack = Lookup::at(&of_subject["stack"], &of_endpoint["slot"]);
        let pair = Lookup::at(Lookup::at(&data["pairs"], stack), &of_endpoint["stack"]);
        let cells = Lookup::at(&data["cells"], pair).as_array().expect("cells");
        cells
            .iter()
            .map(|code| {
                let cell = Lookup::at(&data["cell_codes"], code);
                let (value, layer) = (Lookup::number(cell) >> 4, Lookup::number(cell) & 15);
                let layer = match layer {
                    14 => "method".to_owned(),
                    15 => "global_default".to_owned(),
                    layer => self.text(&data["layers"][layer as usize]["id"]),
                };
                match value {
                    0 => ["n/a".to_owned(), layer],
                    value => [self.text(&Value::from(value - 1)), layer],
                }
            })
            .collect()
    }
}

#[test]
fn the_page_looks_up_what_simulate_says() {
    for profile in BUILTIN {
        law(6, plan(profile), |plan| {
            let files: Vec<(String, String)> = workspace(&plan)
                .into_iter()
                // The page shows what is hidden in a name, and JSON has it as it is.
                .map(|(path, text)| (path, text.replace("\\u{202E}", "").replace("\\u{7}", "")))
                .map(|(path, text)| (path, text.replace(['\u{202e}', '\u{7}'], "")))
                .collect();
            let ir = startable(&files);
            let (matrix, html) = page(&ir);
            let lookup = Lookup(data(&html));
            for subject in 0..matrix.subjects.len() {
                for endpoint in 0..matrix.endpoints.len() {
                    let json = simulate::json(&matrix, Session { subject, endpoint }, None);
                    let json: Value = serde_json::from_str(&json.expect("JSON")).expect("JSON");
                    let (one, other) =
                        (&lookup.0["subjects"][subject], &lookup.0["endpoints"][endpoint]);
                    let expected = json.get("start").cloned().unwrap_or_default();
                    let clean = |value: &Value| value.to_string().replace("\\\\u{", "\\u{");
                    assert_eq!(
                        clean(&lookup.start(one, other)).replace("\\\\n", "\\n"),
                        clean(&expected).replace("\\\\n", "\\n"),
                    );
                    let expected = json["permissions"].as_array().expect("a list").iter();
                    let field =
                        |one: &Value, key: &str| one[key].as_str().expect("a text").to_owned();
                    let expected: Vec<[String; 2]> =
                        expected.map(|one| [field(one, "value"), field(one, "layer")]).collect();
                    assert_eq!(lookup.cells(one, other), expected);
                }
            }
        });
    }
}

#[test]
fn no_name_is_markup_and_nothing_comes_from_elsewhere() {
    let name = "</script><img src=x onerror=alert(1)>&\"' \u{202e}x";
    let quoted = name.replace('"', "\\\"");
    let policy = format!(
        "session policy \"{quoted}\" {{\n  description = \"{quoted}\"\n  shell = allow\n}}\n\
         user \"{quoted}\" {{\n  session_policy = \"{quoted}\"\n}}\n\
         jump item \"{quoted}\" {{\n  kind = shell_jump\n  comments = \"{quoted}\"\n}}\n"
    );
    let (_, html) = page(&startable(&[("a.prec", policy)]));
    assert_eq!(html.matches("<img").count(), 0);
    assert_eq!(html.matches("</script>").count(), 2);
    assert!(!html.contains('\u{202e}'), "what is hidden is shown");
    for address in ["http:", "https:", "src=\"", "url(", "@import"] {
        let outside = html.replace("http-equiv", "");
        assert!(!outside.contains(address), "{address}");
    }
    assert!(html.contains("default-src 'none'; style-src 'sha256-"));
    let data = data(&html);
    let texts = data["texts"].as_array().expect("texts");
    assert!(texts.iter().any(|text| text.as_str().is_some_and(|text| text.contains("</script>"))));
}

#[test]
fn the_file_is_written_whole_and_only_where_nothing_is_read() {
    let folder = scratch(&[("a.prec", "user \"ada\"\n")]);
    let file = folder.path().join("site.html");
    let path = text(folder.path());
    let run = precedent(&["matrix", path, "--format", "html", "-o", text(&file)]);
    assert_eq!((run.status, &*run.stdout), (0, ""), "{}", run.stderr);
    let written = fs::read_to_string(&file).expect("written");
    assert_eq!(written, precedent(&["matrix", path, "--format", "html"]).stdout);
    let over = precedent(&["matrix", path, "--format", "html", "-o", &format!("{path}/a.prec")]);
    assert_eq!(over.status, 2);
    let narrowed = precedent(&["matrix", path, "--format", "html", "--user", "ada"]);
    assert_eq!(narrowed.status, 2);
    let csv = folder.path().join("matrix.csv");
    let run = precedent(&["matrix", path, "--rows", "each", "--format", "csv", "-o", text(&csv)]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(fs::read_to_string(&csv).expect("written").starts_with("subject_kind,"));
}

/// Asks the page for many sessions at once, and writes the answers into it. It runs beside the page's
/// own script, so the content security policy is taken away.
const HARNESS: &str = "<script>
const asked = JSON.parse(document.getElementById('asked').textContent);
const answers = asked.map(([subject, endpoint]) => window.precedent.simulate(subject, endpoint));
const out = document.createElement('pre');
out.id = 'answers';
out.textContent = JSON.stringify(answers);
document.body.append(out);
</script>";

#[test]
fn a_browser_answers_as_simulate_does() {
    let Some(browser) = chromium() else {
        let note = "note: no Chromium is installed, so the script of the HTML matrix was NOT checked in a browser";
        writeln!(std::io::stderr(), "{note}").expect("a note");
        return;
    };
    let folder = scratch(&[]);
    let file = folder.path().join("site.html");
    let run = precedent(&["matrix", "examples/acme", "--format", "html"]);
    let json = precedent(&["compile", "examples/acme", "-o", "-"]).stdout;
    let ir = Arc::new(precedent::ir::file::read(json.as_bytes()).expect("compiled"));
    let mut matrix = Matrix::new(&ir);
    matrix.divide_by_deciders_of_start();
    let (subjects, endpoints) = (matrix.subjects.len(), matrix.endpoints.len());
    let asked: Vec<(usize, usize)> =
        (0..400).map(|at| (at * 7919 % subjects, at * 104_729 % endpoints)).collect();
    let list = serde_json::to_string(&asked).expect("JSON");
    let page = without_policy(&run.stdout).replace(
        "</body>",
        &format!("<script type=\"application/json\" id=\"asked\">{list}</script>{HARNESS}</body>"),
    );
    fs::write(&file, page).expect("written");
    let answers = answers(&loaded(browser, &file, ""));
    let answers = answers.as_array().expect("a list").clone();
    assert_eq!(answers.len(), asked.len());
    for ((subject, endpoint), mut answer) in asked.into_iter().zip(answers) {
        let json = simulate::json(&matrix, Session { subject, endpoint }, None).expect("JSON");
        let json: Value = serde_json::from_str(&json).expect("JSON");
        // Beside what the interface has, the page knows labels, who decided in words, and of which kind `start` is.
        answer["start"].as_object_mut().expect("an object").remove("kind");
        answer["start"].as_object_mut().expect("an object").remove("by");
        for condition in answer["start"]["conditions"].as_array_mut().expect("a list") {
            condition.as_object_mut().expect("an object").remove("by");
        }
        for permission in answer["permissions"].as_array_mut().expect("a list") {
            permission.as_object_mut().expect("an object").remove("label");
            for asked in permission["asked"].as_array_mut().expect("a list") {
                asked.as_object_mut().expect("an object").remove("label");
            }
        }
        assert_eq!(answer["start"], json["start"]);
        assert_eq!(answer["permissions"], json["permissions"]);
    }
}

/// Follows links from page to page, and writes down those that lead nowhere.
const CRAWLER: &str = "<script>
const hrefs = (nodes) => nodes.flatMap((node) => [...node.querySelectorAll('a')]
  .concat(node.tagName === 'A' ? [node] : []).map((a) => a.getAttribute('href')));
const queue = hrefs([document.querySelector('nav'), document.getElementById('fixed')]);
const seen = new Set(), broken = [], kinds = {};
for (const href of queue) {
  if (seen.has(href) || seen.size >= 3000) continue;
  seen.add(href);
  if (!href) { broken.push('an anchor without an address'); continue; }
  const [route, query] = href.slice(1).split('?');
  if (!Object.hasOwn(pages, route)) {
    if (!document.getElementById(route)) broken.push(href);
    continue;
  }
  kinds[route] = (kinds[route] || 0) + 1;
  const nodes = pages[route](new URLSearchParams(query));
  const words = nodes.map((node) => node.textContent).join(' ');
  const wrong = ['No user', 'No target', 'No permission', 'Nothing has', 'undefined', 'NaN', ' 0 targets'];
  if (wrong.some((word) => words.includes(word))) broken.push(href);
  // Most links are those of sessions, of which a part is enough.
  queue.push(...hrefs(nodes).filter((href, at) => !href.startsWith('#simulator') || at % 9 === 0));
}
const out = document.createElement('pre');
out.id = 'answers';
out.textContent = JSON.stringify({ broken, kinds });
document.body.append(out);
</script>";

#[test]
fn every_link_of_the_page_leads_somewhere() {
    let Some(browser) = chromium() else { return };
    let folder = scratch(&[]);
    for example in ["acme", "bomgar-classic", "helpdesk-rs"] {
        let file = folder.path().join(format!("{example}.html"));
        let run = precedent(&["matrix", &format!("examples/{example}"), "--format", "html"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let page = without_policy(&run.stdout).replace("</body>", &format!("{CRAWLER}</body>"));
        fs::write(&file, page).expect("written");
        let found = answers(&loaded(browser, &file, ""));
        assert_eq!(found["broken"], serde_json::json!([]), "{example}");
        let routes = ["simulator", "people", "person", "machines", "machine", "heat", "sessions"];
        for route in routes {
            let count = found["kinds"][route].as_u64().unwrap_or_default();
            // Without jump groups there are no cells of them.
            let is_there = count > 0 || route == "sessions" && example == "bomgar-classic";
            assert!(is_there, "{example}: {route}: {found}");
        }
    }
}

/// A page in which other scripts may run beside its own.
fn without_policy(html: &str) -> String {
    let open = html.find("<meta http-equiv").expect("the policy");
    let close = open + html[open..].find('>').expect("its end") + 1;
    format!("{}{}", &html[..open], &html[close..])
}

/// What a script has written into a page.
fn answers(dom: &str) -> Value {
    let (_, answers) = dom.split_once("<pre id=\"answers\">").expect("answers");
    let (answers, _) = answers.split_once("</pre>").expect("the end");
    let answers = answers.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&answers).expect("JSON")
}

#[test]
fn a_browser_shows_the_page_that_a_link_names() {
    let Some(browser) = chromium() else { return };
    let folder = scratch(&[]);
    let file = folder.path().join("site.html");
    let run = precedent(&["matrix", "examples/acme", "--format", "html", "-o", text(&file)]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    for (fragment, shown) in [
        (
            "#simulator?user=hugo.marchetti&target=srv-app01&method=jump_client",
            "This session can be started: allow",
        ),
        ("#person?user=ines.carvalho", "Group policies, from top to bottom"),
        (
            "#person?user=ines.carvalho",
            "<li><a href=\"#group-database-administrators\">Database administrators</a>",
        ),
        (
            "#heat?permission=file_transfer",
            "<td data-label=\"members of\"><a href=\"#group-service-desk\">Service desk</a></td>",
        ),
        ("#people", "users and invites"),
        ("#machines", "targets"),
        ("#heat?permission=file_transfer", "Who has <code>file_transfer</code>, and where"),
        ("#person?user=nobody", "No user or invite has that name."),
        ("#simulator?user=hugo.marchetti&target=srv-app01", "This session can be started: allow"),
        ("#simulator?user=hugo.marchetti&target=nothing", "No target has that name and method."),
        ("#machines?find=lab", "<p class=\"nothing\">4 targets"),
        ("#person?user=hugo.marchetti&permission=shell", "<h4>shell</h4>"),
        ("#machine?target=lx-web01&permission=shell", "<h4>shell</h4>"),
    ] {
        let dom = loaded(browser, &file, fragment);
        assert!(dom.contains(shown), "{fragment}");
        assert!(dom.contains("<div id=\"fixed\" hidden"), "{fragment}");
    }
    let policies = "user \"a\u{200b}b\" {\n  display_name = \"the other\"\n}\n\
                    user 'a\\u{200B}b' {\n  display_name = \"the first\"\n}\n";
    let twins = folder.path().join("twins.html");
    let (_, html) = page(&startable(&[("a.prec", policies.to_owned())]));
    fs::write(&twins, html).expect("written");
    for (fragment, shown) in [("", "the first"), ("&who=2", "the other"), ("&who=3", "No user or")]
    {
        let dom = loaded(browser, &twins, &format!("#person?user=a%5Cu%7B200B%7Db{fragment}"));
        let (_, shown_part) = dom.split_once("id=\"app\"").expect("the page");
        let (shown_part, _) = shown_part.split_once("id=\"fixed\"").expect("the rest");
        assert!(shown_part.contains(shown), "{fragment}: {shown_part}");
    }
    let embassy = folder.path().join("embassy.html");
    let run =
        precedent(&["matrix", "examples/bomgar-classic", "--format", "html", "-o", text(&embassy)]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let dom = loaded(browser, &embassy, "#heat");
    assert!(dom.contains("embassy Kestrel Tills</td>"), "{dom}");
    let dom = loaded(browser, &file, "#policy-vendor-supervised");
    let (_, part) = dom.split_once("id=\"policy-vendor-supervised\"").expect("the policy");
    let (part, _) = part.split_once('>').expect("the end of the tag");
    assert!(dom.contains("<div id=\"app\" hidden") && part.contains(" open"), "{part}");
    let dom = loaded(browser, &file, "#policy-that-is-gone");
    assert!(dom.contains("This page has nothing at #policy-that-is-gone"), "{dom}");
}
