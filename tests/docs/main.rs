//! Every command in README.md and docs/ is run, or says why it is not.
//!
//! A page is one shell session: its blocks run in order, in an empty home, with what the page itself
//! has set up, and output that a page shows is what came. `page` says how blocks are marked.
#![cfg(unix)]

mod collect;
mod compare;
mod page;
mod session;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use page::Page;
use session::Session;
use support::azurite::{Container, OwnAzurite};
use support::serve::Serve;

/// Pages that are made from the command tree; their examples are those of the help.
const GENERATED: &[&str] = &["docs/commands.md"];

/// What is set up before the first block of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// An empty home: the page sets up what it needs.
    Nothing,
    /// A hub with the devices press-0001 to press-0020, in EDGELOGS_CONNECTION_STRING.
    Hub,
    /// A storage account with the container `logs`, in AZURE_STORAGE_CONNECTION_STRING.
    Storage,
    /// Both.
    HubAndStorage,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs one page, with what it needs.
fn run(name: &str, behind: Behind) {
    let page = Page::read(root(), name);
    let mut session = Session::new();
    let storage = matches!(behind, Behind::Storage | Behind::HubAndStorage).then(OwnAzurite::start);
    if let Some(azurite) = &storage {
        let container = Container::create_named(azurite.endpoint(), "logs");
        session.env(
            "AZURE_STORAGE_CONNECTION_STRING",
            &container.connection_string(),
        );
    }
    let hub = matches!(behind, Behind::Hub | Behind::HubAndStorage)
        .then(|| Serve::start(&["--simulate", "20", "--device", "press"]));
    if let Some(hub) = &hub {
        session.env("EDGELOGS_CONNECTION_STRING", &hub.connection_string);
    }
    let failures = session.run(&page);
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// One test for each page, so that they run beside each other.
macro_rules! pages {
    ($($(#[$attribute:meta])* $name:ident: $page:literal, $behind:ident;)*) => {
        $(
            $(#[$attribute])*
            #[test]
            fn $name() {
                run($page, Behind::$behind);
            }
        )*

        const PAGES: &[&str] = &[$($page),*];
    };
}

pages! {
    #[ignore = "needs Azurite"]
    commands_of_the_readme_work: "README.md", Storage;
    commands_of_the_index_work: "docs/README.md", Nothing;
    commands_of_the_changelog_work: "docs/CHANGELOG.md", Nothing;
    commands_of_agent_differences_work: "docs/agent-differences.md", Nothing;
    #[ignore = "needs Azurite"]
    commands_of_agent_traps_work: "docs/agent-traps.md", HubAndStorage;
    commands_of_architecture_work: "docs/architecture.md", Nothing;
    commands_of_collect_work: "docs/collect.md", Hub;
    commands_of_contributing_work: "docs/contributing.md", Nothing;
    #[ignore = "needs Azurite"]
    commands_of_device_module_work: "docs/device-module.md", Storage;
    commands_of_exit_codes_work: "docs/exit-codes.md", Hub;
    commands_of_get_started_work: "docs/get-started.md", Nothing;
    commands_of_loopback_hub_work: "docs/loopback-hub.md", Nothing;
    #[ignore = "needs Azurite"]
    commands_of_output_work: "docs/output.md", HubAndStorage;
    commands_of_performance_work: "docs/performance.md", Nothing;
    #[ignore = "needs Azurite"]
    commands_of_recipes_work: "docs/recipes.md", HubAndStorage;
    #[ignore = "needs Azurite"]
    commands_of_sas_work: "docs/sas.md", HubAndStorage;
    #[ignore = "needs Azurite"]
    commands_of_scale_work: "docs/scale.md", HubAndStorage;
    commands_of_security_work: "docs/security.md", Nothing;
}

/// The Markdown files that are there.
fn markdown_files() -> BTreeSet<String> {
    let docs = std::fs::read_dir(root().join("docs")).expect("docs/");
    let names = docs.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| format!("docs/{}", name.to_string_lossy()))
        .filter(|name| name.ends_with(".md") && !GENERATED.contains(&name.as_str()))
        .chain(["README.md".to_owned()])
        .collect()
}

#[test]
fn every_page_is_tested() {
    let tested: BTreeSet<String> = PAGES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(markdown_files(), tested);
}

#[test]
fn every_block_of_commands_says_how_it_is_tested() {
    let mut wrong = Vec::new();
    for name in PAGES {
        wrong.extend(Page::read(root(), name).mistakes());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_link_points_to_an_existing_file() {
    let link = regex::Regex::new(r"\]\(([^)#\s]+)(?:#[^)]*)?\)").expect("a regex");
    let mut dead = Vec::new();
    for name in markdown_files() {
        let path = root().join(&name);
        let text = std::fs::read_to_string(&path).expect("a page");
        let folder = path.parent().expect("a folder");
        let targets = link.captures_iter(&text).map(|found| found[1].to_owned());
        for target in targets.filter(|target| !target.contains("://")) {
            if !folder.join(&target).exists() {
                dead.push(format!("{name}: {target}"));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn the_index_lists_every_page() {
    let index = std::fs::read_to_string(root().join("docs/README.md")).expect("the index");
    let pages = PAGES.iter().chain(GENERATED);
    for name in pages.filter_map(|page| page.strip_prefix("docs/")) {
        let there = root().join("docs").join(name).exists();
        let named = name == "README.md" || index.contains(&format!("({name})"));
        assert!(!there || named, "docs/README.md does not name {name}");
    }
}

#[test]
fn documented_exit_codes_match_the_help() {
    let help = help_of(std::iter::empty());
    let (_, codes) = help.split_once("Exit codes:\n").expect("exit codes");
    let rows: Vec<String> = codes
        .lines()
        .filter_map(|line| line.trim().split_once("  "))
        .filter(|(code, _)| code.parse::<u8>().is_ok())
        .map(|(code, meaning)| format!("| {code} | {} |", meaning.trim()))
        .collect();
    assert!(rows.len() > 10, "{help}");
    let page = std::fs::read_to_string(root().join("docs/exit-codes.md")).expect("a page");
    for row in &rows {
        assert!(page.contains(row), "docs/exit-codes.md has no row `{row}`");
    }
}

#[test]
fn every_test_that_a_threat_names_exists() {
    let page = std::fs::read_to_string(root().join("docs/security.md")).expect("the page");
    let name = regex::Regex::new("`([a-z0-9]+(?:_[a-z0-9]+){3,})`").expect("a regex");
    let names: BTreeSet<&str> = name
        .captures_iter(&page)
        .map(|found| found.get(1).expect("a name").as_str())
        .collect();
    assert!(names.len() > 20, "{names:?}");
    let mut sources = String::new();
    let mut folders = vec![root().join("src"), root().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                sources += &std::fs::read_to_string(path).expect("a source");
            }
        }
    }
    for name in names {
        assert!(sources.contains(&format!("fn {name}(")), "no test {name}");
    }
}

#[test]
fn the_readme_lists_every_environment_variable() {
    let read = |page: &str| std::fs::read_to_string(root().join(page)).expect("a page");
    let (reference, readme) = (read("docs/commands.md"), read("README.md"));
    let commands = reference
        .lines()
        .filter_map(|line| line.strip_prefix("## edgelogs"));
    let variable = regex::Regex::new("EDGELOGS_[A-Z_]+").expect("a regex");
    let mut names = BTreeSet::new();
    for command in commands {
        let help = help_of(command.split_whitespace());
        let found = variable.find_iter(&help);
        names.extend(found.map(|name| name.as_str().to_owned()));
    }
    assert!(names.contains("EDGELOGS_SAS"), "{names:?}");
    for name in names {
        assert!(readme.contains(&format!("`{name}`")), "README.md: {name}");
    }
}

/// The long help of a command.
fn help_of<'a>(command: impl Iterator<Item = &'a str>) -> String {
    let output = support::edgelogs()
        .env("COLUMNS", "100")
        .args(command)
        .arg("--help")
        .output()
        .expect("the binary runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The folder of the binary under test.
fn binary_folder() -> PathBuf {
    let binary = Path::new(env!("CARGO_BIN_EXE_edgelogs"));
    binary.parent().expect("a folder").to_path_buf()
}
