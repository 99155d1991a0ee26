//! Gates of a diff: what each denies, against a second, naive way to say so (`laws`); mistakes in
//! gates and their places (`mistakes`); dates (`dates`); its promise (`gained`); gains that hide (`hidden`); and the command with its exit statuses (`command`).

mod command;
mod dates;
mod gained;
mod hidden;
mod inventory;
mod laws;
mod mistakes;
mod scopes;
